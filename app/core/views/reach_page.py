"""“Who can see this”: the people who reach a record and each one's reason, from the scope code that filters."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from sqlalchemy import select

from ...extensions import db
from ..access.directory import staff_model
from ..access.mixins import Owned
from ..access.scope import find_reason, module_of
from ..access.screens import ScreenBase
from ..access.viewer import EDIT, HAND_OVER, PICK, SEE, Reach, Viewer, current_viewer, load_viewer
from ..base.entities import Item
from ..sharing.explanations import say_reason


@dataclass(frozen=True)
class Reacher:
    """A person who reaches the record, why, and whether they may change it."""

    name: str
    reason: str
    may_edit: bool


def may_ask(viewer: Viewer, item: Owned) -> bool:
    """Tell whether the viewer may read who else reaches a record: its managers, who may hand it over, and Admin."""
    modules = {item.policy.module, *([module_of(item.policy.root.model)] if item.policy.root is not None else [])}
    is_manager = any(viewer.reach(module, HAND_OVER) >= Reach.DEPARTMENT for module in modules)
    return viewer.is_admin or (is_manager and find_reason(viewer, item, SEE) in ("department", "all"))


def list_reachers(item: Owned) -> list[Reacher]:
    """Return everybody with an account who reaches the record, its salesperson first.

    Each is read as at the beginning of a request of theirs; what cannot differ from the filter is not written twice.
    """
    staff, found = staff_model(), []
    people = db.session.execute(select(staff.id, staff.first_name, staff.last_name).where(staff.active.is_(True)).order_by(staff.username))
    for staff_id, first_name, last_name in people:
        viewer = load_viewer(staff_id)
        reason = find_reason(viewer, item, SEE)
        if reason is None and find_reason(viewer, item, PICK) is None:
            continue
        words = say_reason(viewer, item, reason) if reason is not None else _("chooses it in forms and sees its card there, nothing else")
        found.append((reason != "own", Reacher(staff.make_name(first_name, last_name), words, _may_edit(viewer, item))))
    return [reacher for _place, reacher in sorted(found, key=lambda entry: entry[0])]


def _may_edit(viewer: Viewer, item: Owned) -> bool:
    return find_reason(viewer, item, EDIT, writing=True) is not None


class ReachPages(ScreenBase[Item]):
    """Mixed into a view of owned rows: the page that its managers and Admin open."""

    @expose("/reach/<pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def reach(self, pk: str) -> ResponseReturnValue:
        """List who reaches one record, and why."""
        item = self.find_or_404(pk)
        if not isinstance(item, Owned) or not may_ask(current_viewer(), item):
            abort(403)
        return self.render_template(
            "ui/reach.html", title=_("Who can see %(name)s", name=self.name_of(item)), reachers=list_reachers(item),
            back_url=self.url("show", item),
        )  # fmt: skip
