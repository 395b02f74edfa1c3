"""Moves of a record's lifecycle: their buttons, their dialogs, and what the dialogs send."""

from __future__ import annotations

from collections.abc import Mapping

from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from ..base.entities import Item
from ..base.lifecycle import Move
from ..base.page_data import Button, Buttons
from ..forms.fields import KeptHidden
from ..forms.made import make_field
from .dialogs import DialogPages


class MoveForm(FlaskForm):
    """The dialog of a move that needs nothing but its name."""

    move = KeptHidden("")


class MovePages(DialogPages[Item]):
    """Mixed into a view with a lifecycle: its moves."""

    move_forms: Mapping[str, type[MoveForm]]

    def make_moves(self) -> None:
        """Make the forms of the moves' dialogs; when the screen is made."""
        self.move_forms = {move.name: self._make_form(move) for move in (self.lifecycle.moves if self.lifecycle else ())}

    def _make_form(self, move: Move) -> type[MoveForm]:
        """Return the form of a move's dialog: with a reason where the move needs one; other data comes from the record itself."""
        needs = move.needs or {}
        if "status_reason" not in needs:
            return MoveForm
        reason = make_field(self.model, "status_reason", _l("Reason"), needed=needs["status_reason"])
        return type("ReasonedMoveForm", (MoveForm,), {"status_reason": reason})

    @expose("/move/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def move(self, pk: str) -> ResponseReturnValue:
        """Make one of the lifecycle's moves, with the data it needs."""
        self.find_or_404(pk)
        found = [m for m in (self.lifecycle.moves if self.lifecycle else ()) if m.name == request.form.get("move")]
        if not found:
            abort(404)
        return self.run_dialog(pk, self.url("move", int(pk)), self.move_forms[found[0].name](), {"status": found[0].target})

    def _fill_form(self, move: Move) -> MoveForm:
        form = self.move_forms[move.name](formdata=None)
        form.move.data = move.name
        return form

    def move_buttons(self, item: Item) -> Buttons:
        """Return the moves that are open to the record, each with its dialog."""
        if self.lifecycle is None:
            return []
        url = self.url("move", item)
        moves = self.lifecycle.moves_from(self.state_of(item))
        return [Button(move.label, url, "dialog", danger=move.is_danger, fields=self._fill_form(move)) for move in moves]
