"""Dialogs of a record page: their forms are made from the definitions, and a refused one stays open with what was typed."""

from __future__ import annotations

from flask import flash, redirect
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from ..base.entities import Item, Values
from ..forms.fields import values_of
from ..writes import commit
from ..writes.row_data import write
from .record_page import RecordPages


class DialogPages(RecordPages[Item]):
    """Mixed into a view: what its dialogs send is written, or shown again."""

    def run_dialog(self, pk: str, url: str, form: FlaskForm, given: Values, *, said: str | None = None) -> ResponseReturnValue:
        """Write on the record what a dialog's form holds (fields left empty are left alone) and what is `given` besides.

        Refused, the record is shown with the dialog open: what was typed stays in it, and the sentence stands at its field.
        """
        item = self.find_or_404(pk)
        if not form.validate():
            return self._show_open(pk, url, form)
        name = self.name_of(item)
        write(item, {key: value for key, value in values_of(form, item).items() if value not in (None, "")} | dict(given))
        refusal = commit.find_refusal("action")
        if refusal is None:
            flash(said or commit.say_saved(name), "success")
        elif refusal.field in form:
            form[refusal.field].errors = [str(refusal)]
            return self._show_open(pk, url, form)
        else:
            flash(str(refusal), "danger")
        return redirect(self.url("show", int(pk)))

    def _show_open(self, pk: str, url: str, form: FlaskForm) -> ResponseReturnValue:
        """Show the record with one of its dialogs open; where it has that dialog no more, what is wrong stands above."""
        item = self.find_or_404(pk)
        record = self.make_record(item)
        mine = [button for button in record.actions if button.method == "dialog" and button.url == url]
        if "move" in form:
            mine = [button for button in mine if button.fields is not None and button.fields["move"].data == form["move"].data]
        if not mine:
            for sentences in form.errors.values():
                flash(str(sentences[0]), "danger")
            return redirect(self.url("show", int(pk)))
        mine[0].fields = form
        return self.render_template(self.show_template, title=self.name_of(item), record=record, item=item), 422
