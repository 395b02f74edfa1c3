"""Moves of a record's lifecycle: their buttons, their dialogs, and what the dialogs send."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField

from ..base.entities import Item
from ..base.errors import RuleViolation
from ..base.lifecycle import Move
from ..base.page_data import Button, Buttons
from ..forms.fields import Fits
from ..writes import commit
from ..writes.row_data import write
from .record_page import RecordPages


class MoveForm(FlaskForm):
    """The dialog of a move: its name, and a reason where the move needs one."""

    move = HiddenField()


class ReasonedMoveForm(MoveForm):
    """The dialog of a move that needs a reason."""

    status_reason = StringField(_l("Reason"), [Fits(500)])


class MovePages(RecordPages[Item]):
    """Mixed into a view with a lifecycle: its moves."""

    @expose("/move/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def move(self, pk: str) -> ResponseReturnValue:
        """Make one of the lifecycle's moves, with the data it needs."""
        item = self.find_or_404(pk)
        found = [m for m in (self.lifecycle.moves if self.lifecycle else ()) if m.name == request.form.get("move")]
        if not found:
            abort(404)
        given = {"status": found[0].target}
        for field in self.move_fields(found[0]):
            given[field] = request.form.get(field, "").strip()
        write(item, given)
        refusal = commit.find_refusal("action")
        if refusal is not None:
            return self.show_again(pk, self.url("move", int(pk)), refusal)
        flash(commit.say_saved(self.name_of(item)), "success")
        return redirect(self.url("show", int(pk)))

    @staticmethod
    def move_fields(move: Move) -> Sequence[str]:
        """Return the fields that the move's dialog asks for; others come from the record itself."""
        return [name for name in (move.needs or {}) if name == "status_reason"]

    def move_form(self, move: Move, item: Item) -> MoveForm:
        """Return the bound form of a move's dialog."""
        form = (ReasonedMoveForm if self.move_fields(move) else MoveForm)(formdata=None)
        form.move.data = move.name
        return form

    def move_buttons(self, item: Item) -> Buttons:
        """Return the moves that are open to the record, each with its dialog."""
        if self.lifecycle is None:
            return []
        url = self.url("move", item)
        moves = self.lifecycle.moves_from(self.state_of(item))
        return [Button(move.label, url, "dialog", danger=move.is_danger, fields=self.move_form(move, item)) for move in moves]

    def show_again(self, pk: str, url: str, refusal: RuleViolation) -> ResponseReturnValue:
        """Show the record with the refused dialog open: what was typed stays in it, and the sentence stands at its field."""
        item = self.find_or_404(pk)
        record = self.make_record(item)
        for button in record.actions:
            if button.fields is None or button.url != url or refusal.field not in button.fields:
                continue
            form = type(button.fields)(request.form)
            if "move" not in form or form["move"].data == button.fields["move"].data:
                form[refusal.field].errors = [str(refusal)]
                button.fields = form
                title = self.name_of(item)
                return self.render_template(self.show_template, title=title, record=record, item=item), 422
        flash(str(refusal), "danger")
        return redirect(self.url("show", int(pk)))
