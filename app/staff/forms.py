"""Form fields of the people and role screens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypedDict

from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from wtforms import SelectMultipleField
from wtforms.utils import unset_value
from wtforms.validators import ValidationError

from ..core.access.grants import is_admin_name
from ..core.access.viewer import current_viewer
from ..core.base.entities import Entity, Values
from ..core.base.formatting import join_words
from ..core.base.i18n import Words
from ..core.base.input_guard import parse_id
from ..core.base.screens import label_of
from ..core.forms.fields import ShownAs
from ..core.writes.option_sets import CHOOSE
from ..extensions import db

COLUMNS = [
    ("menu_access", _l("Menu")),
    ("can_list", _l("List")),
    ("can_show", _l("View")),
    ("can_add", _l("Add")),
    ("can_edit", _l("Edit")),
    ("can_delete", _l("Delete")),
]
SCOPE_WORDS = {"can_see_own": _l("Own"), "can_see_department": _l("Department"), "can_see_all": _l("All")}
OTHER_WORDS = {
    "can_pick": _l("Choose in other forms"),
    "can_withdraw": _l("Withdraw"),
    "can_hand_over": _l("Hand over"),
    "can_undo": _l("Undo"),
    "can_cancel": _l("Cancel what runs"),
    "can_publish": _l("Publish"),
    "can_purge": _l("Delete for good"),
    "can_close_account": _l("Close the leaver's account"),
    "can_export": _l("Export"),
    "can_use": _l("Use"),
    "can_get": _l("Read"),
    "can_reset": _l("Issue one-time codes"),
    "take": _l("Assign to me"),
}


Filters = Sequence[Callable[[object], object]] | None
Options = list[tuple[str, Words, bool]]  # value, word, whether it is chosen


class MatrixRow(TypedDict):
    """One screen's row of the matrix: its ticked actions by column, other actions, and its scope."""

    label: Words
    cells: dict[str, tuple[int, bool]]
    extra: list[tuple[int, Words, bool]]
    scope: tuple[str, Options] | None


class RowsField(ShownAs, SelectMultipleField):
    """A choice of several rows of a small table; saves the relation itself."""

    shown_as = "SelectMultipleField"

    def __init__(self, label: Words, *, model: type[Entity], hide_admin: bool = False, **kwargs: object) -> None:
        super().__init__(label, coerce=int, choices=[], validate_choice=False, **kwargs)
        self.model, self.hide_admin = model, hide_admin

    def _offered(self) -> list[Any]:  # people, roles, groups or permissions
        rows = list(db.session.scalars(select(self.model).order_by(self.model.id)))
        hidden = self.hide_admin and not current_viewer().is_admin
        return [row for row in rows if not (hidden and is_admin_name(row.name) and row.id not in (self.data or []))]

    def process_data(self, value: Iterable[Entity] | None) -> None:
        self.data = [row.id for row in value or []]

    def iter_choices(self) -> Iterator[tuple[str, str, bool, dict[str, object]]]:
        for row in self._offered():
            yield str(row.id), _name_of(row), row.id in (self.data or []), {}

    def pre_validate(self, form: FlaskForm) -> None:
        known = {row.id for row in self._offered()}
        if not set(self.data or []) <= known:
            raise ValidationError(CHOOSE)

    def compare(self, present: Iterable[Entity]) -> tuple[str, str]:
        """Return what is in the present set alone, and what is chosen alone, by name."""
        chosen = set(self.data or [])
        mine = [one for one in self._offered() if one.id in chosen - {row.id for row in present}]
        theirs = [row for row in present if row.id not in chosen]
        return join_words(map(_name_of, theirs)), join_words(map(_name_of, mine))

    def row_values(self, row: Entity, name: str) -> Values:
        """Return the rows that are chosen; nothing when they are the present ones."""
        chosen = set(self.data or [])
        rows = [one for one in self._offered() if one.id in chosen]
        return {} if {one.id for one in getattr(row, name)} == chosen else {name: rows}


class PermissionMatrixField(RowsField):
    """A role's permissions as a matrix: one row a screen, scopes in plain words."""

    shown_as = "PermissionMatrixField"
    columns = COLUMNS

    def __init__(self, label: Words, *, hide_admin: bool = False, **kwargs: object) -> None:
        super().__init__(label, model=PermissionView, hide_admin=hide_admin, **kwargs)

    def process(
        self,
        formdata: MultiDict[str, str] | None,
        data: object = unset_value,
        extra_filters: Filters = None,
    ) -> None:
        super().process(formdata, data, extra_filters)
        if formdata is None:
            return
        for key in formdata:
            if key.startswith(f"{self.name}-scope-"):
                self.data = [*(self.data or []), *(found for text in formdata.getlist(key) if (found := parse_id(text)) is not None)]

    @property
    def groups(self) -> list[tuple[Words, list[MatrixRow]]]:
        """Return the matrix: (group label, rows of label, cells, extra boxes, scope as a list of options)."""
        statement = (
            select(PermissionView.id, Permission.name, ViewMenu.name)
            .join(Permission, Permission.id == PermissionView.permission_id)
            .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
            .order_by(ViewMenu.name, Permission.name)
        )
        chosen: set[int] = set(self.data or [])
        rows: dict[str, MatrixRow] = {}
        scopes: dict[str, dict[str, int]] = {}
        for pv_id, action, module in db.session.execute(statement):
            row = rows.setdefault(module, {"label": label_of(module), "cells": {}, "extra": [], "scope": None})
            if action in dict(COLUMNS):
                row["cells"][action] = (pv_id, pv_id in chosen)
            elif action in SCOPE_WORDS:
                scopes.setdefault(module, {})[action] = pv_id
            else:
                row["extra"].append((pv_id, _word(action), pv_id in chosen))
        for module, ids in scopes.items():
            rows[module]["scope"] = (f"{self.name}-scope-{module}", self._scope_options(ids, chosen))
        return [(_l("Screens and data"), sorted(rows.values(), key=lambda row: str(row["label"])))]

    @staticmethod
    def _scope_options(ids: dict[str, int], chosen: set[int]) -> Options:
        """Return the scopes of one module as options, the widest that is granted being chosen."""
        granted = [action for action in SCOPE_WORDS if ids.get(action) in chosen]
        widest = granted[-1] if granted else ""
        options = [(str(ids[action]), word, action == widest) for action, word in SCOPE_WORDS.items() if action in ids]
        return [("", _l("Nothing"), not widest), *options]


def _name_of(row: Entity) -> str:
    """Return what a choice is called; the seeded roles have a name in each language."""
    return _(row.name) if isinstance(row, Role) else str(row)


def _word(action: str) -> Words:
    return OTHER_WORDS.get(action, action.removeprefix("can_").replace("_", " "))


__all__ = ["PermissionMatrixField", "RowsField"]
