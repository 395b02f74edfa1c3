"""Moves of a record's lifecycle: the steps of its bar, the dialogs of those that need something, and what both send."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from ..base import clock
from ..base.entities import Item
from ..base.lifecycle import Move
from ..base.page_data import Button
from ..base.workspace import StageBar
from ..forms.fields import KeptHidden
from ..forms.made import make_field
from ..writes.history import HistoryEntry
from .dialogs import DialogPages
from .stages import Step, draw_stages, list_spans

REASON = "status_reason"


class MoveForm(FlaskForm):
    """The form of a move that needs nothing but its name."""

    move = KeptHidden("")
    row_version = KeptHidden("")


class MovePages(DialogPages[Item]):
    """Mixed into a view with a lifecycle: its moves."""

    def make_stages(self, item: Item, changes: Sequence[HistoryEntry]) -> StageBar | None:
        """Return the stage bar of a record, whose status changed as told; None for a record without statuses."""
        steps = self.steps_of(item)
        if not steps:
            return None
        mine = [line for line in changes if line.field == self.status_field]
        spans = list_spans(mine, str(getattr(item, self.status_field)), self.began_at(item))
        may = self.may_do("can_edit", item)
        stages = draw_stages(steps, self.present_of(item), spans)
        version = getattr(item, "row_version", None)
        return StageBar(stages, self.stage_url(item), self.stage_name, version) if may else StageBar(stages)

    def stage_url(self, item: Item) -> str:
        """Return where the buttons of the stage bar lead."""
        return self.url("move", item)

    def began_at(self, item: Item) -> datetime:
        """Return the UTC instant at which the first of its statuses began: when it was entered."""
        return getattr(item, "created_at", clock.now())

    def present_of(self, item: Item) -> str:
        """Return the code of the step at which the record stands."""
        return self.state_of(item)

    def steps_of(self, item: Item) -> Sequence[Step]:
        """Return the states of the lifecycle that moves lead to, those that only follow from something where they are the present one."""
        if self.lifecycle is None:
            return []
        present, moves = self.present_of(item), self.lifecycle.moves
        ends = {move.target for move in moves if move.is_danger}
        shown = {self.lifecycle.first, present, *(move.target for move in moves)}
        open_moves = {move.target: move for move in self.lifecycle.moves_from(present)} if self.may_do("can_edit", item) else {}
        return [self._make_step(item, code, open_moves.get(code), is_exit=code in ends) for code in self.lifecycle.states if code in shown]

    def _make_step(self, item: Item, code: str, move: Move | None, *, is_exit: bool) -> Step:
        assert self.lifecycle is not None
        label = self.lifecycle.states[code].label
        if move is None:
            return Step(code=code, label=label, is_exit=is_exit)
        missing = self._list_missing(item, move)
        dialog = None
        if missing:
            form = self._make_form(missing, move)(formdata=None)
            form.move.data = move.name
            form.row_version.data = str(getattr(item, "row_version", ""))
            dialog = Button(move.label, self.url("move", item), "dialog", danger=move.is_danger, fields=form)
        needs = "" if not missing else _("needs a reason") if REASON in missing else _("needs dates")
        return Step(code=code, label=label, is_exit=is_exit, move=move.name, needs=needs, dialog=dialog)

    @staticmethod
    def _list_missing(item: Item, move: Move) -> list[str]:
        """Return what the move needs and the record does not have: a reason, which is given anew each time, and what is empty."""
        return [name for name in move.needs or {} if name == REASON or getattr(item, name) in (None, "")]

    def _make_form(self, missing: Sequence[str], move: Move) -> type[MoveForm]:
        """Return the form of a move's dialog, with a field for each thing that is missing."""
        labels = {**self.label_columns, REASON: _l("Reason")}
        needs = move.needs or {}
        fields = {name: make_field(self.model, name, labels.get(name, name), needed=needs[name]) for name in missing}
        return type("AskingMoveForm", (MoveForm,), fields)

    @expose("/move/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def move(self, pk: str) -> ResponseReturnValue:
        """Make one of the lifecycle's moves, with the data it needs."""
        item = self.find_or_404(pk)
        found = [m for m in (self.lifecycle.moves if self.lifecycle else ()) if m.name == request.form.get("move")]
        if not found:
            abort(404)
        form = self._make_form(self._list_missing(item, found[0]), found[0])()
        return self.run_dialog(pk, self.url("move", int(pk)), form, {"status": found[0].target})
