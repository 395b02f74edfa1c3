"""Comments and files on record pages: their tabs, and what their forms send."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from flask import abort, flash, jsonify, redirect, request, send_file
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
from ..base.formatting import join_words, show
from ..base.input_guard import parse_id
from ..base.page_data import Tab, defer_tab
from ..base.showing import DASH, show_safely
from ..forms.made import make_field
from ..parts.kinds import ACCEPTED, find_kind
from ..parts.models import Attachment, Comment
from ..parts.queries import add_attachment, add_comment, find_attachment, find_part, read_parts
from ..parts.rules import MAX_SIZE
from ..writes import commit
from ..writes.commit import say_saved
from .record_page import RecordPages

MAX_PREVIEW = 5 * MEGA  # bytes of a picture that the page shows small


class FileLine(NamedTuple):
    """A file of a record, as its page lists it: `view_url` opens it in the browser, `is_preview`: it is shown small."""

    id: int
    name: str
    size: str
    url: str
    view_url: str | None
    is_preview: bool
    told: str  # by whom and when


def read_upload(sent: FileStorage | None) -> tuple[str, bytes]:
    """Return name and content of a file that is sent, read no further than to see that it is too large; empty when none is sent."""
    return (sent.filename or "", sent.stream.read(MAX_SIZE + 1)) if sent is not None else ("", b"")


def say_size(size: int) -> str:
    """Return a number of bytes as people say it."""
    return f"{size / MEGA:,.1f} MB" if size >= MEGA else f"{max(size / 1024, 1):,.0f} KB"


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
            tabs.insert(0, defer_tab("files", _("Attachments"), partial(self._make_files, item)))
        if find_part(Comment, self.model) is not None:
            tabs.insert(0, defer_tab("comments", _("Comments"), partial(self._make_comments, item), is_in_stream=True))
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
        files = [show_safely(row, "file", self._make_line, self._make_bare(row)) for row in read_parts(Attachment, item)]
        url = self.url("attach", item) if self.may_attach(item) else None
        data = {"files": files, "attach_url": url, "accepted": ACCEPTED, "max_size": MAX_SIZE}
        return Tab("files", _("Attachments"), len(files), template="ui/attachments.html", data=data)

    def _make_bare(self, row: Attachment) -> FileLine:
        return FileLine(row.id, row.name, DASH, self.url("attachment", row.id), None, is_preview=False, told="")

    def _make_line(self, row: Attachment) -> FileLine:
        kind, url = find_kind(row.name), self.url("attachment", row.id)
        is_shown = kind is not None and kind.is_shown and kind.media_type == row.media_type
        told = f"{name_of_actor(row.created_by_id)} · {show(row.created_at)}"
        is_preview = is_shown and kind is not None and kind.is_picture and row.size <= MAX_PREVIEW
        return FileLine(row.id, row.name, say_size(row.size), url, f"{url}?view=1" if is_shown else None, is_preview, told)

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
        """Attach files to a record, all of them or none; a script sends one at a time and is answered in JSON."""
        item = self.find_or_404(pk)
        item_id = item.id
        sent: Sequence[FileStorage | None] = request.files.getlist("file") or [None]
        names = [add_attachment(item, *read_upload(file)).name for file in sent]
        if request.accept_mimetypes.best == "application/json":
            refusal = commit.find_refusal("form")
            return (jsonify(name=names[0]), 201) if refusal is None else (jsonify(message=str(refusal)), 422)
        self._save(say_saved(join_words(names)))
        return redirect(self.url("show", item_id, show="files"))

    @expose("/attachment/<pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def attachment(self, pk: str) -> ResponseReturnValue:
        """Serve a file to those who reach its record: as a download, or (`?view=1`) in place what no browser runs: a PDF, a picture."""
        found = find_attachment(self.model, parse_id(pk) or 0)
        if found is None:
            abort(404)
        kind = find_kind(found.name)
        is_shown = request.args.get("view") == "1" and kind is not None and kind.is_shown and kind.media_type == found.media_type
        return send_file(io.BytesIO(found.content), found.media_type, as_attachment=not is_shown, download_name=found.name)

    @staticmethod
    def _save(sentence: str) -> None:
        """Commit; say that it is saved, or why not."""
        refusal = commit.find_refusal("form")
        flash(str(refusal) if refusal is not None else sentence, "danger" if refusal is not None else "success")
