"""Comments and files on record pages: their tabs, and what their forms send."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from flask import abort, flash, redirect, request, send_file
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage

from ..access.directory import name_of_actor
from ..base.bounds import MEGA, takes
from ..base.entities import Item
from ..base.formatting import show
from ..base.input_guard import parse_id
from ..base.page_data import Tab
from ..base.showing import show_safely
from ..forms.made import make_field
from ..parts.models import Attachment, Comment
from ..parts.queries import add_attachment, add_comment, find_attachment, find_part, read_parts
from ..parts.rules import MAX_SIZE
from ..writes import commit
from ..writes.commit import say_saved
from .record_page import RecordPages


def read_upload(sent: FileStorage | None) -> tuple[str, bytes]:
    """Return name and content of a file that is sent, read no further than to see that it is too large; empty when none is sent."""
    return (sent.filename or "", sent.stream.read(MAX_SIZE + 1)) if sent is not None else ("", b"")


class CommentForm(FlaskForm):
    """What is said of a record."""

    text = make_field(Comment, "text", _l("New comment"), render_kw={"rows": 3})


class PartPages(RecordPages[Item]):
    """Mixed into a view: comments and files of its records, where the module gives them any."""

    def find_idle_parts(self) -> Iterator[str]:
        """Yield the pages of parts that this screen's records do not have."""
        if find_part(Comment, self.model) is None:
            yield "comment"
        if find_part(Attachment, self.model) is None:
            yield from ("attach", "attachment")

    def may_comment(self, item: Item) -> bool:
        """Tell whether the page offers to add a comment."""
        return self.may_do("can_edit", item)

    def may_attach(self, item: Item) -> bool:
        """Tell whether the page offers to attach a file."""
        return self.may_do("can_edit", item)

    def extra_tabs(self, item: Item) -> Sequence[Tab]:
        """Return the tabs of comments and files before the record's others."""
        tabs = [*super().extra_tabs(item)]
        if find_part(Attachment, self.model) is not None:
            tabs.insert(0, self._make_files(item))
        if find_part(Comment, self.model) is not None:
            tabs.insert(0, self._make_comments(item))
        return tabs

    def _make_comments(self, item: Item) -> Tab:
        lines = [
            (name_of_actor(row.created_by_id), show_safely(row, "created_at", lambda one: show(one.created_at)), row.text)
            for row in read_parts(Comment, item)
        ]
        url = self.url("comment", item) if self.may_comment(item) else None
        data = {"comments": lines, "url": url, "form": CommentForm(formdata=None) if url is not None else None}
        return Tab("comments", _("Comments"), len(lines), template="ui/comments.html", data=data, is_in_stream=True)

    def _make_files(self, item: Item) -> Tab:
        files = [(row.id, row.name, f"{row.size / 1024:,.0f} KB", self.url("attachment", row.id)) for row in read_parts(Attachment, item)]
        data = {"files": files, "attach_url": self.url("attach", item) if self.may_attach(item) else None}
        return Tab("files", _("Attachments"), len(files), template="ui/attachments.html", data=data)

    @expose("/comment/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def comment(self, pk: str) -> ResponseReturnValue:
        """Add a comment to a record."""
        item, form = self.find_or_404(pk), CommentForm()
        if not form.validate():
            return self.show_tab(pk, "comments", form)
        add_comment(item, form.text.data)
        self._save(_("Comment added"))
        return redirect(self.url("show", int(pk)))

    @expose("/attach/<pk>", methods=["POST"])
    @takes(MAX_SIZE + MEGA)
    @has_access
    @permission_name("edit")
    def attach(self, pk: str) -> ResponseReturnValue:
        """Attach a file to a record."""
        item = self.find_or_404(pk)
        item_id = item.id
        name = add_attachment(item, *read_upload(request.files.get("file"))).name
        self._save(say_saved(name))
        return redirect(self.url("show", item_id, show="files"))

    @expose("/attachment/<pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def attachment(self, pk: str) -> ResponseReturnValue:
        """Serve a file to those who reach its record; always as a download."""
        found = find_attachment(self.model, parse_id(pk) or 0)
        if found is None:
            abort(404)
        return send_file(io.BytesIO(found.content), found.media_type, as_attachment=True, download_name=found.name)

    @staticmethod
    def _save(sentence: str) -> None:
        """Commit; say that it is saved, or why not."""
        refusal = commit.find_refusal("form")
        flash(str(refusal) if refusal is not None else sentence, "danger" if refusal is not None else "success")
