"""What a person can hold: rows of every module that has owners, and columns that name who must act. No module is named here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ..core.access.mixins import Owned
from ..core.access.scope import make_condition, owned_models
from ..core.access.screens import screen_of
from ..core.access.viewer import HAND_OVER, SEE, Reach, Viewer
from ..core.base.entities import table_of
from ..core.base.screens import label_of
from ..core.writes.roots import list_children

OWNER = "owner_id"


@dataclass(frozen=True)
class Holding:
    """One kind of thing that changes hands: a model, and the column that names who holds its rows."""

    model: type[Owned]
    field: str

    @property
    def key(self) -> str:
        """Return the name that forms and addresses use."""
        return f"{table_of(self.model).name}-{self.field}"

    @property
    def module(self) -> str:
        """Return the module whose permissions count."""
        return str(self.model.policy.module)

    @property
    def is_owner(self) -> bool:
        """Tell whether the rows themselves change hands, with everything below them."""
        return self.field == OWNER

    @property
    def label(self) -> str:
        """Return what a person calls these rows: “Customers”, “Tickets · Assigned to”."""
        name = str(label_of(self.module))
        if self.is_owner:
            return name
        words = getattr(screen_of(self.model), "label_columns", None) or {}
        return f"{name} · {words.get(self.field.removesuffix('_id'), self.field)}"

    @property
    def divided_by(self) -> Sequence[str]:
        """Return the columns by which the rows can be divided among several."""
        return self.model.policy.divided_by if self.is_owner else ()

    def held_by(self, staff_id: int) -> ColumnElement[bool]:
        """Return the condition of the rows that a person holds: all they own, or what is still open and theirs to do."""
        mine: ColumnElement[bool] = getattr(self.model, self.field) == staff_id
        if self.is_owner:
            return mine
        column, values = self.model.policy.assigned[self.field]
        return mine & getattr(self.model, column).in_(values) & self.model.deleted_at.is_(None)

    def reached_by(self, viewer: Viewer) -> list[ColumnElement[bool]]:
        """Return the conditions of the rows that the viewer sees and may hand over; what is only lent is not theirs to give."""
        found = [make_condition(self.model, viewer, actions, with_shares=False) for actions in (HAND_OVER, SEE)]
        return [condition for condition in found if condition is not None]

    def followers(self) -> list[type[Owned]]:
        """Return the models whose rows follow these: they mirror their owner and department."""
        if not self.is_owner:
            return []
        return list(list_children(self.model.__name__))


def all_holdings() -> list[Holding]:
    """Return everything that anybody can hold."""
    found = []
    for model in owned_models():
        if model.policy.root is None and model.policy.handed_over:
            found.append(Holding(model, OWNER))
        found.extend(Holding(model, field) for field in model.policy.assigned)
    return found


def holdings_for(viewer: Viewer) -> list[Holding]:
    """Return what this viewer may hand over: a permission per module, held for more than one's own rows."""
    return [holding for holding in all_holdings() if viewer.reach(holding.module, HAND_OVER) >= Reach.DEPARTMENT]


def count_held(session: Session, staff_id: int) -> dict[str, int]:
    """Return how many rows of each kind a person holds, whoever may see them."""
    connection = session.connection()
    return {
        holding.key: connection.execute(
            select(func.count()).select_from(table_of(holding.model)).where(holding.held_by(staff_id))
        ).scalar_one()
        for holding in all_holdings()
    }  # fmt: skip
