"""Dialogs of a record page: their forms are made from the definitions, and a refused one stays open with what was typed."""

from __future__ import annotations

from collections.abc import Iterator

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from ..base.entities import Entity, Item, Values
from ..base.errors import SAVED_MEANWHILE
from ..base.page_data import Button
from ..base.workspace import Record
from ..forms.fields import KeptHidden, values_of
from ..writes import commit
from ..writes.resending import AlreadySent, is_resent
from ..writes.row_data import write
from .record_page import RecordPages


def is_stale(item: Entity) -> bool:
    """Tell whether someone saved the record after the page was made whose form this request sends. Raises AlreadySent if this form did."""
    sent = request.form.get("row_version", "")
    if not sent or sent == str(getattr(item, "row_version", sent)):
        return False
    if is_resent():
        raise AlreadySent
    return True


class DialogPages(RecordPages[Item]):
    """Mixed into a view: what its dialogs send is written, or shown again."""

    def run_dialog(self, pk: str, url: str, form: FlaskForm, given: Values, *, said: str | None = None) -> ResponseReturnValue:
        """Write on the record what a dialog's form holds (fields left empty are left alone) and what is `given` besides.

        Refused, the record is shown with the dialog open: what was typed stays in it, and the sentence stands at its field. A record that
        someone else saved since is shown as it is now, and nothing is written.
        """
        item = self.find_or_404(pk)
        if is_stale(item):
            flash(str(SAVED_MEANWHILE), "danger")
            return self.show_record(item, status=409)
        if not form.validate():
            return self._show_open(pk, url, form)
        name = self.name_of(item)
        write(item, {key: value for key, value in values_of(form, item).items() if value not in (None, "")} | dict(given))
        refusal = commit.find_refusal("action")
        if refusal is None:
            flash(said or commit.say_saved(name), "success")
        elif refusal.field in form and form[refusal.field].type not in ("HiddenField", "KeptHidden"):
            form[refusal.field].errors = [str(refusal)]
            return self._show_open(pk, url, form)
        else:
            flash(str(refusal), "danger")
        return redirect(self.url("show", int(pk)))

    def _show_open(self, pk: str, url: str, form: FlaskForm) -> ResponseReturnValue:
        """Show the record with one of its dialogs open; where it has that dialog no more, what is wrong stands above."""
        item = self.find_or_404(pk)
        record = self.make_record(item)
        mine = next((button for button in _list_dialogs(record) if button.url == url and _is_same(button.fields, form)), None)
        if mine is None:
            for sentences in form.errors.values():
                flash(str(sentences[0]), "danger")
            return redirect(self.url("show", int(pk)))
        mine.fields = form
        return self.show_record(item, record, status=422)


def _list_dialogs(record: Record) -> Iterator[Button]:
    """Yield every dialog of a record page: of its buttons, and of the moves of its stage bar."""
    yield from (button for button in record.actions if button.method == "dialog")
    if record.workspace.stages is not None:
        yield from record.workspace.stages.dialogs


def _is_same(shown: FlaskForm | None, sent: FlaskForm) -> bool:
    """Tell whether a dialog of the page is the one that was sent: of several at one address, by what its hidden fields say."""
    names = [field.short_name for field in sent if isinstance(field, KeptHidden) and field.short_name != "row_version"]
    return shown is not None and all(name in shown and shown[name].data == sent[name].data for name in names)
