"""What a module shows on the page of the record that its rows belong to, made from its screen: events, and the button to add one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from ...extensions import db
from ..access.directory import name_of_actor
from ..access.mixins import Owned
from ..access.screens import all_screens
from ..base.entities import Entity
from ..base.page_data import Button
from ..base.showing import show_safely
from ..base.workspace import ButtonMaker, Event
from .base import DeskView
from .timeline import Older, Source, tell_each


def child_events(view: type[DeskView], column: InstrumentedAttribute, name: str) -> Source:
    """Return the source of a parent's stream that tells of each row of a view; `name` is the parent's field in forms and lists."""

    def read(parent: Entity, older: Older) -> Sequence[Event]:
        screen, model = _find_screen(view), column.class_
        page = select(model).where(column == parent.id, *older.where(model.created_at, model.id))
        may_open = screen.may("can_show")

        def tell(row: Owned) -> list[Event]:
            url, badge = screen.url("show", row) if may_open else None, show_safely(row, "badge", screen.badge_of)
            number, heading = getattr(row, "number", ""), str(show_safely(row, "heading", screen.heading_of))
            about = number if number not in heading else ""
            who = name_of_actor(row.created_by_id)
            return [Event(row.created_at, heading, "file-text", about, who=who, url=url, badge=badge, key=row.id)]

        return tell_each(db.session.scalars(page.order_by(model.created_at.desc(), model.id.desc()).limit(older.limit)), tell)

    name_of_list = view.route_base.strip("/")
    return Source(name_of_list, view.list_title, read, view.class_permission_name, f"{view.__name__}.list", name)


def child_button(view: type[DeskView], name: str) -> ButtonMaker:
    """Return the maker of the button on a parent's page that adds a row of a view."""

    def make(parent: Entity) -> Sequence[Button]:
        screen = _find_screen(view)
        if not screen.may("can_add"):
            return []
        return [Button(view.new_label, screen.url("add", **{name: parent.id}), icon="plus")]

    return make


def _find_screen(view: type[DeskView]) -> DeskView:
    return next(known for known in all_screens() if isinstance(known, view))
