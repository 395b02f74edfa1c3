"""Take a handover back: what nobody has touched since returns; the rest stays, and the page says why."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import ColumnElement, Select, null, select
from sqlalchemy.orm import Session

from ..core.access.mixins import Owned
from ..core.access.scope import owned_models
from ..core.access.viewer import Viewer, current_viewer, elevated
from ..core.base import clock
from ..core.base.entities import Entity, own_rows, table_of
from ..core.base.errors import AccessDenied
from ..core.sharing.shares import Share
from ..core.writes import bulk, commit
from ..core.writes.history import HistoryEntry, names_in_history
from ..extensions import db
from ..notices.queries import notify
from ..staff import rules as staff_rules
from ..staff.models import Staff
from ..staff.queries import holds_admin, lock_active_accounts
from . import rules
from .holdings import Holding, holdings_for
from .models import Handover, HandoverItem
from .moving import ITEM, SOURCE, lock_person, move_items, read_holdings, take_back
from .receivers import find_closing_right, is_wholly_in_reach, within_reach

CHUNK = 500


def undo(handover_id: int) -> Handover:
    """Restore what can be restored and commit; what stays is marked with its reason.

    Raises RuleViolation, with nothing moved: also when something would come back that is out of the viewer's reach by now.
    """
    viewer, session = current_viewer(), db.session()
    try:
        with elevated(SOURCE), commit.refusals():
            handover = session.scalars(select(Handover).where(Handover.id == handover_id).with_for_update()).one()
            kinds = read_holdings(session, handover.id)
            if not set(kinds) <= set(holdings_for(viewer)) or (handover.closed_account and not find_closing_right(viewer)):
                raise AccessDenied(rules.NO_RIGHT)
            leaver = lock_person(session, handover.leaver_id)
            reopens = handover.closed_account and not _was_touched(session, Staff, handover)
            is_active = leaver is None or bool(leaver.active)
            facts = rules.Undo(
                state=handover.state, done_at=handover.created_at, now=clock.now(), reopens=reopens, leaver_is_active=is_active
            )  # fmt: skip
            rules.check_undo(facts)
            session.info["batch"] = handover.number
            if reopens and leaver is not None and not leaver.active:
                _reopen(session, handover, leaver, viewer)
            _restore(session, handover, kinds, viewer)
            session.commit()
    finally:
        session.info.pop("batch", None)
    return handover


def _reopen(session: Session, handover: Handover, leaver: Staff, viewer: Viewer) -> None:
    """Open the account again that the handover closed, by whoever could close it now."""
    if not is_wholly_in_reach(session, viewer, leaver.id):
        raise AccessDenied(rules.UNDO_OUT_OF_REACH)
    is_admins = holds_admin(session, leaver.id)
    change = staff_rules.AccountChange(
        actor_is_admin=viewer.is_admin, is_self=False, had_admin=is_admins, has_admin=is_admins, roles_changed=False,
        is_last_admin=False, closes=False,
    )  # fmt: skip
    staff_rules.check_account_change(change)
    leaver.active = True
    session.flush()
    _give_shares_back(session, handover, Share.staff_id == leaver.id)


def _was_touched(session: Session, model: type[Entity], handover: Handover) -> bool:
    """Tell whether the leaver's account was changed since, by something else than the handover."""
    entry = HistoryEntry
    found = select(entry.id).where(
        entry.model == model.__name__, entry.row_id == handover.leaver_id, entry.id > handover.history_mark,
        entry.batch.is_distinct_from(handover.number),
    )  # fmt: skip
    return session.scalar(found.limit(1)) is not None


def _restore(session: Session, handover: Handover, kinds: list[Holding], viewer: Viewer) -> None:
    """Decide on every row, move back what is untouched, put its shares back."""
    counts: dict[str, int] = defaultdict(int)
    lock_active_accounts(session, select(ITEM.c.old_staff_id).where(ITEM.c.handover_id == handover.id))
    for holding in kinds:
        _lock_rows(session, handover, holding)
        outcomes = _decide(session, handover, holding)
        _check_reach(session, viewer, holding, outcomes["restored"])
        for outcome, items in outcomes.items():
            counts[outcome] += len(items)
            for start in range(0, len(items), CHUNK):
                bulk.amend(session, HandoverItem, ITEM.c.id.in_(items[start : start + CHUNK]), {"outcome": outcome})
    here = select(Staff.department_id).where(Staff.id == ITEM.c.old_staff_id).scalar_subquery()
    owned = (ITEM.c.handover_id == handover.id) & (ITEM.c.field == "owner_id")
    bulk.amend(session, HandoverItem, owned, {"old_department_id": here})
    move_items(session, handover, back=True)
    back = _select_restored(handover)
    take_back(session, (Share.batch == handover.number) & back.exists(), batch=handover.number)
    _give_shares_back(session, handover, back.exists())
    _tell(session, handover)
    handover.restored = counts.pop("restored", 0)
    handover.state = "partly" if counts else "undone"
    handover.undone_at, handover.undone_by_id = clock.now(), current_viewer().id


def _tell(session: Session, handover: Handover) -> None:
    """Tell those from whom something went back."""
    lost = select(ITEM.c.new_staff_id).where(ITEM.c.handover_id == handover.id, ITEM.c.outcome == "restored").distinct()
    for staff_id in session.connection().execute(lost).scalars():
        notify(session, staff_id, "handover_undone", handover)


def _lock_rows(session: Session, handover: Handover, holding: Holding) -> None:
    key = table_of(holding.model).c.id
    rows = select(ITEM.c.row_id).where(_is_of(handover, holding))
    session.connection().execute(select(key).where(key.in_(rows)).order_by(key).with_for_update())


def _is_of(handover: Handover, holding: Holding) -> ColumnElement[bool]:
    return (ITEM.c.handover_id == handover.id) & (ITEM.c.model == holding.model.__name__) & (ITEM.c.field == holding.field)


def _decide(session: Session, handover: Handover, holding: Holding) -> dict[str, list[int]]:
    """Return outcome -> ids of the items of one kind."""
    table, staff = table_of(holding.model), Staff.__table__
    touched = _find_touched(session, handover, holding.model, table.c.id)
    worked_on: set[int] = set()
    for model in owned_models():
        for link in model.policy.links:
            if link.model == holding.model.__name__:
                worked_on |= _find_touched(session, handover, model, table_of(model).c[link.column])
    rows = session.connection().execute(
        select(ITEM.c.id, ITEM.c.row_id, ITEM.c.row_version, ITEM.c.new_staff_id, table.c.id.label("found"),
               table.c.row_version.label("version"), table.c[holding.field].label("holder"), staff.c.active)
        .select_from(ITEM.outerjoin(table, table.c.id == ITEM.c.row_id).outerjoin(staff, staff.c.id == ITEM.c.old_staff_id))
        .where(_is_of(handover, holding))
    )  # fmt: skip
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        moved = rules.MovedRow(
            exists=row.found is not None, is_receivers=row.holder == row.new_staff_id, is_same_version=row.version == row.row_version,
            is_untouched=row.row_id not in touched, is_worked_on=row.row_id in worked_on, old_is_active=bool(row.active),
        )  # fmt: skip
        found[rules.find_outcome(moved)].append(row.id)
    return found


def _check_reach(session: Session, viewer: Viewer, holding: Holding, items: list[int]) -> None:
    """Refuse to move rows that are not within the viewer's reach now, or back to people who are not."""
    model = holding.model
    theirs = select(model.id).where(model.id == ITEM.c.row_id, *holding.reached_by(viewer)).exists()
    near = select(Staff.id).where(Staff.id == ITEM.c.old_staff_id, within_reach(viewer, [holding])).exists()
    beyond = ~theirs | (ITEM.c.old_staff_id.is_not(None) & ~near)
    for start in range(0, len(items), CHUNK):
        here = ITEM.c.id.in_(items[start : start + CHUNK])
        if session.connection().execute(select(ITEM.c.id).where(here, beyond).limit(1)).first() is not None:
            raise AccessDenied(rules.UNDO_OUT_OF_REACH)


def _find_touched(session: Session, handover: Handover, model: type[Owned], key: ColumnElement[int]) -> set[int]:
    """Return the keys under which rows of the model were written since the handover, by anything but itself."""
    entry, table = HistoryEntry.__table__.c, table_of(model)
    statement = (
        select(key)
        .select_from(table.join(HistoryEntry.__table__, entry.model.in_(names_in_history(model)) & (entry.row_id == table.c.id)))
        .where(own_rows(model), entry.id > handover.history_mark, entry.batch.is_distinct_from(handover.number), entry.kind != "export")
    )
    return set(session.connection().execute(statement).scalars())


def _select_restored(handover: Handover) -> Select[tuple[int]]:
    """Select the restored row that a share names."""
    names = {model.__name__: model.policy.module for model in owned_models() if model.policy.share_key == "id"}
    found = select(ITEM.c.id).where(ITEM.c.handover_id == handover.id, ITEM.c.outcome == "restored", ITEM.c.row_id == Share.row_id)
    modules = [(ITEM.c.model == name) & (Share.module == module) for name, module in names.items()]
    condition = modules[0]
    for other in modules[1:]:
        condition = condition | other
    return found.where(condition)


def _give_shares_back(session: Session, handover: Handover, where: ColumnElement[bool]) -> None:
    """Open again the shares that the handover ended."""
    ended = where & (Share.revoked_batch == handover.number) & Share.batch.is_distinct_from(handover.number)
    for model in owned_models():
        if model.policy.share_key == "id":
            lines = select(Share.row_id, null(), Share.staff_id).where(ended, Share.module == model.policy.module)
            bulk.note_events(session, model, lines, "share", batch=handover.number)
    bulk.amend(session, Share, ended, {"revoked_at": None, "revoked_by_id": None, "revoked_batch": None})
