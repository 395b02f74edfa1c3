"""The composer on top of a record's stream: one form by which a comment, a file, or what a module offers is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from ..base.bounds import MEGA, takes
from ..base.entities import Item
from ..base.i18n import Words
from ..base.registry import Registry
from ..base.workspace import Choice, Composer
from ..forms.made import make_field
from ..parts.models import Attachment, Comment
from ..parts.queries import add_attachment, add_comment, find_part
from ..parts.rules import MAX_SIZE
from ..writes import commit
from .part_pages import PartPages, read_upload

TEXT = "text"  # the field that every form of a composer has
COMMENT, FILE = "comment", "file"


@dataclass(frozen=True)
class Writer:
    """What a module lets people write on another module's records.

    `kinds` are the choices that this viewer has on a record: their words, what the radio button sends behind `name:`, icon; none: nothing.
    `form` makes the form of a record (`formdata=None`: an empty one); `write` adds what it holds to the session; `said` is said then.
    """

    name: str
    kinds: Callable[[Any], Sequence[Choice]]
    form: Callable[..., FlaskForm]
    write: Callable[[Any, Any, str], None]
    said: Words


WRITERS: Registry[str, Writer] = Registry("what is written on record pages")  # by module


class CommentForm(FlaskForm):
    """A comment."""

    text = make_field(Comment, "text", _l("Comment"))


class ComposePages(PartPages[Item]):
    """Mixed into a view: its composer, and what it sends."""

    composer_hint: Words = _l("Write a comment…")

    def has_composer(self) -> bool:
        """Tell whether anything is ever written on records of this screen."""
        return bool(WRITERS.find(self.class_permission_name) or find_part(Comment, self.model))

    def make_composer(self, item: Item) -> Composer | None:
        """Return the composer of a record, with what this viewer may write; None for nothing."""
        found = [(writer, self._name_kinds(item, writer)) for writer in self._list_writers(item)]
        kinds = [kind for _writer, some in found for kind in some]
        files = find_part(Attachment, self.model) is not None and self.may_attach(item)
        if not kinds:
            return None
        kinds[0].is_on = True
        form = next(writer for writer, some in found if some).form(item, formdata=None)
        return Composer(self.url("compose", item), kinds, form, files, self.composer_hint)

    def _list_writers(self, item: Item) -> list[Writer]:
        writers = list(WRITERS.all_of(self.class_permission_name))
        if find_part(Comment, self.model) is not None and self.may_comment(item):
            writers.append(_COMMENTS)
        return writers

    @staticmethod
    def _name_kinds(item: Item, writer: Writer) -> list[Choice]:
        return [Choice(kind.label, value=f"{writer.name}:{kind.value}", icon=kind.icon) for kind in writer.kinds(item)]

    @expose("/compose/<pk>", methods=["POST"])
    @takes(MAX_SIZE + MEGA)
    @has_access
    @permission_name("show")
    def compose(self, pk: str) -> ResponseReturnValue:
        """Write what the composer holds; refused, it is shown again with what was typed."""
        item = self.find_or_404(pk)
        sent = request.form.get("kind", "")
        writer = next((one for one in self._list_writers(item) if sent in [kind.value for kind in self._name_kinds(item, one)]), None)
        if writer is None:
            abort(403)
        form, files = writer.form(item), [file for file in request.files.getlist(FILE) if file.filename]
        is_file_alone = bool(files) and not request.form.get(TEXT, "").strip()
        if files and not (find_part(Attachment, self.model) is not None and self.may_attach(item)):
            abort(403)
        if not is_file_alone:
            if not form.validate():
                return self._show_composer(pk, form, sent)
            writer.write(item, form, sent.partition(":")[2])
        for file in files:
            add_attachment(item, *read_upload(file))
        refusal = commit.find_refusal("form")
        if refusal is not None:
            if left := commit.attach(refusal, form):
                form[TEXT].errors = [*form[TEXT].errors, *left]
            return self._show_composer(pk, form, sent)
        flash(_("Attached") if is_file_alone else str(writer.said), "success")
        return redirect(self.url("show", int(pk)))

    def _show_composer(self, pk: str, form: FlaskForm, sent: str) -> ResponseReturnValue:
        item = self.find_or_404(pk)
        record = self.make_record(item, "")
        composer = record.workspace.composer
        if composer is not None:
            composer.form = form
            for kind in composer.kinds:
                kind.is_on = kind.value == sent
        return self.show_record(item, record, status=422)


def _write_comment(item: Any, form: Any, _kind: str) -> None:
    add_comment(item, form.text.data)


_COMMENTS = Writer(
    COMMENT, lambda _item: [Choice(_("Comment"), value="text", icon="message")], lambda _item, **given: CommentForm(**given),
    _write_comment, _l("Comment added"),
)  # fmt: skip
