"""Who may leave, who may take over, and whether a plan as a whole is allowed."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import Session

from ..core.access.viewer import HAND_OVER, Reach, Viewer, current_viewer
from ..core.base import clock
from ..core.base.errors import AccessDenied, RuleViolation
from ..extensions import db
from ..staff.models import Staff
from ..staff.queries import select_holders
from . import rules
from .holdings import Holding, holdings_for
from .models import NOTE
from .plan import NONE, Plan

CLOSE = ("can_close_account", "Handover")


def within_reach(viewer: Viewer, holdings: list[Holding]) -> ColumnElement[bool]:
    """Return the condition of the people whose work of one of these kinds the viewer may hand over: everybody, or the own tree.

    A wider reach over one kind says nothing of the others: who gets what is checked kind by kind.
    """
    reach = max((viewer.reach(holding.module, HAND_OVER) for holding in holdings), default=Reach.NONE)
    if reach is Reach.ALL:
        return Staff.id > 0
    tree = viewer.profile.tree if viewer.profile is not None and reach is Reach.DEPARTMENT else ()
    return Staff.department_id.in_(sorted(tree)) if tree else false()


def find_leavers(_parent: int | None = None) -> list[ColumnElement[bool]]:
    """Return the conditions of the people who may be chosen as leaving; closed accounts too, for what they still hold."""
    viewer = current_viewer()
    return [within_reach(viewer, holdings_for(viewer)), Staff.id != (viewer.id or 0)]


def is_leaver(staff_id: int | None) -> bool:
    """Tell whether the viewer may hand over what this person holds."""
    return staff_id is not None and db.session.scalar(select(Staff.id).where(Staff.id == staff_id, *find_leavers())) is not None


def read_receivers(viewer: Viewer, holdings: list[Holding], leaver_id: int | None) -> list[Staff]:
    """Return the active people within reach whose roles let them work on at least one of these kinds."""
    able = or_(*(Staff.id.in_(select_holders("can_edit", holding.module)) for holding in holdings)) if holdings else false()
    statement = select(Staff).where(Staff.active.is_(True), within_reach(viewer, holdings), able, Staff.id != (leaver_id or 0))
    return list(db.session.scalars(statement.order_by(Staff.department_id, Staff.username)))


def find_closing_right(viewer: Viewer) -> bool:
    """Tell whether the viewer may close the account of someone who leaves."""
    return viewer.may(*CLOSE)


def check_start(plan: Plan) -> None:
    """Refuse a handover of a person whose work is not the viewer's to give, or to nobody; before it is divided."""
    if plan.kind != "handover":
        return
    if not is_leaver(plan.leaver_id):
        raise RuleViolation(rules.LEAVER_NEEDED, "leaver")
    if not plan.receivers:
        raise RuleViolation(rules.RECEIVER_NEEDED, "to")


def check_plan(session: Session, plan: Plan, viewer: Viewer, leaver: Staff | None) -> None:
    """Refuse a plan that this viewer may not run: leaver, receivers, what they can work on, options."""
    holdings = holdings_for(viewer)
    if not holdings:
        raise AccessDenied(rules.NO_RIGHT)
    NOTE.check(plan.note)
    if plan.kind == "handover":
        reached = leaver is not None and session.scalar(select(Staff.id).where(Staff.id == leaver.id, within_reach(viewer, holdings)))
        rules.check_leaver(is_known=leaver is not None, is_in_reach=bool(reached), is_self=leaver is not None and leaver.id == viewer.id)
    used = plan.used_receivers()
    rules.check_chosen(receivers=plan.receivers, used=used)
    offered = {person.id for person in read_receivers(viewer, holdings, plan.leaver_id)}
    closed = set(session.scalars(select(Staff.id).where(Staff.id.in_(used), Staff.active.is_not(True))))
    rules.check_receivers(rules.Receivers(chosen=used, offered=offered, closed=closed, leaver_id=plan.leaver_id))
    _check_workers(session, plan, viewer, holdings)
    options = rules.HandoverOptions(
        keep=plan.keep_until is not None, keep_until=plan.keep_until, close=plan.close, may_close=find_closing_right(viewer),
        is_wholly_in_reach=is_wholly_in_reach(session, viewer, plan.leaver_id), today=clock.today(),
    )  # fmt: skip
    rules.check_options(options)


def is_wholly_in_reach(session: Session, viewer: Viewer, staff_id: int | None) -> bool:
    """Tell whether a person is within the viewer's reach for every kind of work that the viewer hands over."""
    wholly = [within_reach(viewer, [holding]) for holding in holdings_for(viewer)]
    return staff_id is not None and session.scalar(select(Staff.id).where(Staff.id == staff_id, *wholly)) is not None


def _check_workers(session: Session, plan: Plan, viewer: Viewer, holdings: list[Holding]) -> None:
    """Refuse a receiver of a kind of rows who is out of the giver's reach for this kind, or whose roles do not include it."""
    for holding in holdings:
        division = plan.divisions.get(holding.key)
        if division is None or division.way == NONE:
            continue
        wanted = Plan(plan.leaver_id, plan.receivers, {holding.key: division}).used_receivers()
        near = set(session.scalars(select(Staff.id).where(Staff.id.in_(wanted), within_reach(viewer, [holding]))))
        rules.check_near(is_near=wanted <= near, field=holding.key)
        able = set(session.scalars(select_holders("can_edit", holding.module)))
        rules.check_worker(may_work=wanted <= able, field=holding.key)
