"""Run a handover: lock, insert what moves, compare it with the preview, move it set-based, tell the receivers; one transaction."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, func, literal, null, select
from sqlalchemy.orm import Session

from ..core.access.mixins import Owned
from ..core.access.scope import owned_models
from ..core.access.screens import screen_of
from ..core.access.viewer import SEE, Viewer, current_viewer, elevated
from ..core.base import clock
from ..core.base.entities import table_of
from ..core.base.errors import RuleViolation
from ..core.sharing.shares import Share
from ..core.writes import bulk, commit
from ..core.writes.history import HistoryEntry
from ..extensions import db
from ..notices.queries import notify
from ..staff import rules as staff_rules
from ..staff.models import Staff
from ..staff.queries import holds_admin, lock_active_accounts, lock_admin_role, select_admins
from . import rules
from .holdings import Holding, count_held
from .models import Handover, HandoverItem
from .plan import ITEM_COLUMNS, NONE, Plan, make_digest, select_candidates, select_moves
from .receivers import check_plan, find_closing_right

ITEM = HandoverItem.__table__
SOURCE = "handover"


def run(plan: Plan, holdings: list[Holding], seen: str) -> Handover:
    """Move what the plan says, if it is still what the preview showed (`seen`: its digest), and commit.

    Raises RuleViolation with nothing moved.
    """
    viewer, session = current_viewer(), db.session()
    try:
        with elevated(SOURCE), commit.refusals():
            leaver = lock_person(session, plan.leaver_id)
            check_plan(session, plan, viewer, leaver)
            handover = _begin(session, plan, viewer, leaver)
            session.info["batch"] = handover.number
            _fill_items(session, handover, plan, holdings, viewer)
            rules.check_preview(seen=seen, now=_digest_items(session, handover.id))
            _finish(session, handover, plan, leaver, viewer)
            session.commit()
    finally:
        session.info.pop("batch", None)
    return handover


def lock_person(session: Session, staff_id: int | None) -> Staff | None:
    """Return a person, locked against a second handover of theirs; None when there is none to lock."""
    if staff_id is None:
        return None
    return session.get(Staff, staff_id, with_for_update={"key_share": True}, populate_existing=True)


def _begin(session: Session, plan: Plan, viewer: Viewer, leaver: Staff | None) -> Handover:
    giver = viewer.profile.department_id if viewer.profile else None
    theirs = leaver.department_id if leaver is not None else giver
    is_near = viewer.reaches_row("Handover", SEE, owner_id=None, department_id=theirs)
    handover = Handover(
        kind=plan.kind, leaver_id=plan.leaver_id, note=plan.note, keep_until=plan.keep_until, closed_account=plan.close,
        department_id=theirs if is_near else giver,  # who ran it can always open it
    )  # fmt: skip
    session.add(handover)
    session.flush()
    return handover


def _fill_items(session: Session, handover: Handover, plan: Plan, holdings: list[Holding], viewer: Viewer) -> None:
    """Lock the rows of each kind and write down which of them move, and to whom."""
    connection = session.connection()
    for holding in holdings:
        if plan.divisions[holding.key].way == NONE:
            continue
        wanted = select_candidates(holding, plan, viewer)
        connection.execute(select(holding.model.id).where(*wanted).order_by(holding.model.id).with_for_update())
        moves = select_moves(holding, plan, viewer)
        bulk.fill(session, HandoverItem, ITEM_COLUMNS, select(literal(handover.id), *moves.subquery().c))


def _digest_items(session: Session, handover_id: int) -> str:
    item = ITEM.c
    rows = session.connection().execute(
        select(item.model, item.field, item.row_id, item.old_staff_id, item.new_staff_id).where(item.handover_id == handover_id)
    )
    return make_digest(tuple(row) for row in rows)


def _finish(session: Session, handover: Handover, plan: Plan, leaver: Staff | None, viewer: Viewer) -> None:
    """Move the rows, their shares and the account; tell the receivers."""
    handover.moved, handover.followed = move_items(session, handover)
    if not handover.moved:
        raise RuleViolation(rules.NOTHING_CHOSEN)
    _note_versions(session, handover)
    _end_shares(session, handover)
    if plan.keep_until is not None:
        _keep_access(session, handover, plan)
    if plan.close:
        assert leaver is not None  # the plan's checks ask for one
        close_account(session, handover, leaver, viewer)
    receivers = set(session.connection().execute(select(ITEM.c.new_staff_id).where(ITEM.c.handover_id == handover.id)).scalars())
    for staff_id in sorted(receivers):
        notify(session, staff_id, "handover", handover)
    session.flush()
    handover.history_mark = session.connection().execute(select(func.max(HistoryEntry.id))).scalar() or 0
    rules.check_still_open(is_open=receivers <= lock_active_accounts(session, receivers))  # last, so that they are held for a moment only


def move_items(session: Session, handover: Handover, *, back: bool = False) -> tuple[int, int]:
    """Give every row of the handover to its receiver (or `back`: what is to be restored, to whom it came from).

    Returns how many rows moved, and how many of other screens followed them, as the preview counts.
    """
    moved = followed = 0
    staff, department = (ITEM.c.old_staff_id, ITEM.c.old_department_id) if back else (ITEM.c.new_staff_id, ITEM.c.new_department_id)
    mine = and_(ITEM.c.handover_id == handover.id, ITEM.c.outcome == ("restored" if back else "moved"))
    for holding in read_holdings(session, handover.id):
        these = and_(mine, ITEM.c.model == holding.model.__name__, ITEM.c.field == holding.field)
        key = table_of(holding.model).c.id
        if not holding.is_owner:
            moved += _move(session, handover, holding.model, these & (key == ITEM.c.row_id), {holding.field: staff})
            continue
        values = {"owner_id": staff, "department_id": department}
        moved += _move(session, handover, holding.model, these & (key == ITEM.c.row_id), values)
        for model in holding.followers():
            root = table_of(model).c[model.policy.need_root().column]
            count = _move(session, handover, model, these & (root == ITEM.c.row_id), values)
            followed += count if screen_of(model) is not None else 0
    return moved, followed


def _move(session: Session, handover: Handover, model: type[Owned], on: ColumnElement[bool], values: Mapping[str, ColumnElement]) -> int:
    return bulk.set_from(session, model, ITEM, on, values, batch=handover.number)


def _note_versions(session: Session, handover: Handover) -> None:
    """Write down the version in which the handover leaves each row, by which an undo knows that nobody touched it."""
    for holding in read_holdings(session, handover.id):
        table = table_of(holding.model).c
        version = select(table.row_version).where(table.id == ITEM.c.row_id).scalar_subquery()
        these = (ITEM.c.handover_id == handover.id) & (ITEM.c.model == holding.model.__name__) & (ITEM.c.field == holding.field)
        bulk.amend(session, HandoverItem, these, {"row_version": version})


def read_holdings(session: Session, handover_id: int) -> list[Holding]:
    """Return the kinds of things that a handover moved; a module that is gone is passed over."""
    kinds = session.connection().execute(select(ITEM.c.model, ITEM.c.field).where(ITEM.c.handover_id == handover_id).distinct())
    models = {model.__name__: model for model in owned_models()}
    return [Holding(models[name], field) for name, field in sorted(tuple(kind) for kind in kinds) if name in models]


def _end_shares(session: Session, handover: Handover) -> None:
    """End what was lent to those who own it now: else it would stay lent when they give it on."""
    for holding in read_holdings(session, handover.id):
        if holding.is_owner:
            owned = select(ITEM.c.id).where(
                ITEM.c.handover_id == handover.id, ITEM.c.model == holding.model.__name__, ITEM.c.row_id == Share.row_id,
                ITEM.c.new_staff_id == Share.staff_id,
            )  # fmt: skip
            take_back(session, (Share.module == holding.module) & owned.exists(), batch=handover.number)


def take_back(session: Session, where: ColumnElement[bool], *, batch: str) -> None:
    """End the open shares that the condition names, with a line in the history of each row."""
    open_ones = where & Share.revoked_at.is_(None)
    for model in owned_models():
        if model.policy.share_key == "id":
            lines = select(Share.row_id, Share.staff_id, null()).where(open_ones, Share.module == model.policy.module)
            bulk.note_events(session, model, lines, "unshare", batch=batch)
    bulk.amend(session, Share, open_ones, {"revoked_at": clock.now(), "revoked_by_id": current_viewer().id, "revoked_batch": batch})


def _keep_access(session: Session, handover: Handover, plan: Plan) -> None:
    """Lend the moved rows to the leaver, to read until the chosen day."""
    until, lent = plan.keep_until, f"{plan.leaver_id} read {plan.keep_until}"
    for holding in read_holdings(session, handover.id):
        if not holding.is_owner or holding.model.policy.share_key != "id":
            continue
        rows = (ITEM.c.handover_id == handover.id) & (ITEM.c.model == holding.model.__name__) & (ITEM.c.field == holding.field)
        bulk.fill(
            session, Share, ["module", "row_id", "staff_id", "access", "until", "granted_by_id", "granted_at", "batch"],
            select(
                literal(holding.module), ITEM.c.row_id, literal(plan.leaver_id), literal("read"), literal(until),
                literal(current_viewer().id), literal(clock.now()), literal(handover.number),
            ).where(rows),
        )  # fmt: skip
        bulk.note_events(session, holding.model, select(ITEM.c.row_id, null(), literal(lent)).where(rows), "share", batch=handover.number)


def close_account(session: Session, handover: Handover, leaver: Staff, viewer: Viewer) -> None:
    """Close the leaver's account once it holds nothing any more; its sessions and what was lent to it end."""
    rules.check_nothing_left(count_held(session, leaver.id))
    had_admin = holds_admin(session, leaver.id)
    if had_admin:
        lock_admin_role(session)  # so that nobody takes the last other administrator away meanwhile
    others = session.connection().execute(select_admins().where(Staff.id != leaver.id).limit(1)).first()
    change = staff_rules.AccountChange(
        actor_is_admin=viewer.is_admin, is_self=leaver.id == viewer.id, had_admin=had_admin, has_admin=had_admin,
        roles_changed=False, is_last_admin=had_admin and others is None, closes=True,
    )  # fmt: skip
    staff_rules.check_account_change(change)
    leaver.active = False
    take_back(session, Share.staff_id == leaver.id, batch=handover.number)


__all__ = ["close_account", "find_closing_right", "lock_person", "move_items", "run"]
