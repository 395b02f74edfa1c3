"""Shares: a row lent to a colleague, to read or in full, until a date or open-ended. A share widens reach, never actions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import BindParameter, ForeignKey, Index, ScalarSelect, String, cast, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ...extensions import db
from ..access.directory import staff_model
from ..access.mixins import Owned
from ..access.scope import find_reason, owned_models
from ..access.viewer import EDIT, current_viewer
from ..base import clock
from ..writes import gate, history
from ..writes.columns import as_check, column
from ..writes.fields import ChoiceRule, DayRule, ReferenceRule
from . import rules

ACCESS = ChoiceRule(rules.ACCESS_WORDS, 4, default="read", needed=rules.NOBODY_CHOSEN)


class Share(db.Model):
    """One row of one module lent to one person. Revoking keeps the line."""

    __tablename__ = "share"
    __table_args__ = (
        as_check("access", ACCESS),
        Index("ix_share_staff_id_module", "staff_id", "module"),
        Index("ix_share_module_row_id", "module", "row_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    module: Mapped[str] = mapped_column(String(60))
    row_id: Mapped[int] = mapped_column()
    staff_id: Mapped[int] = column(ReferenceRule(lookup="staff", needed=rules.NOBODY_CHOSEN), ForeignKey("ab_user.id"))
    access: Mapped[str] = column(ACCESS)
    until: Mapped[date | None] = column(DayRule())
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
    granted_at: Mapped[datetime] = mapped_column(default=clock.now)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
    batch: Mapped[str | None] = mapped_column(String(40), default=None)  # the handover that lent it, if one did
    revoked_batch: Mapped[str | None] = mapped_column(String(40), default=None)  # and the one that took it back


def select_shares(person: BindParameter[int], today: BindParameter[date]) -> ScalarSelect[str]:
    """Select what is lent to a person on a day, as “module|row|access” joined by semicolons."""
    share = Share.__table__.c
    line = share.module + "|" + cast(share.row_id, String) + "|" + share.access
    return (
        select(func.aggregate_strings(line, ";"))
        .where(share.staff_id == person, share.revoked_at.is_(None), or_(share.until.is_(None), share.until >= today))
        .scalar_subquery()
    )


def parse_shares(text: str) -> Mapping[str, Mapping[int, str]]:
    """Return module -> row id -> access of what is lent to the person today."""
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for line in filter(None, text.split(";")):
        module, row_id, access = line.split("|")
        if found[module].get(int(row_id)) != "full":
            found[module][int(row_id)] = access
    return found


def find_shared(change: gate.Change) -> Owned | None:
    """Return the row that a share names, as the database has it and share-locked; None for one that cannot be lent."""
    share = change.row
    model = next((one for one in owned_models() if one.policy.module == share.module and one.policy.share_key == "id"), None)
    found: Owned | None = change.facts.get(model, share.row_id, share=True) if model is not None else None
    return found


def guard_share(change: gate.Change) -> None:
    """Check whatever is lent, altered or taken back, whatever its source."""
    row, viewer = change.row, change.viewer
    if viewer.is_system:
        return
    item = find_shared(change)
    reason = find_reason(viewer, item, EDIT, writing=True) if item is not None and item.deleted_at is None else None
    if row.revoked_at is not None:
        rules.check_lender(reason)
        return
    person = change.facts.get(staff_model(), row.staff_id, share=True)
    is_owner = item is not None and item.owner_id == row.staff_id
    loan = rules.Loan(
        reason=reason, is_active=person is not None and bool(person.active), is_owner=is_owner, access_kind=row.access, until=row.until,
        today=clock.today(),
    )  # fmt: skip
    rules.check_share(loan)


def read_row_shares(session: Session, row: Owned) -> list[Share]:
    """Return who a row is lent to now."""
    statement = select(Share).where(Share.module == row.policy.module, Share.row_id == row.id, Share.revoked_at.is_(None))
    return list(session.scalars(statement.where(or_(Share.until.is_(None), Share.until >= clock.today())).order_by(Share.id)))


def grant(session: Session, row: Owned, staff_id: int, access_kind: str, until: date | None) -> Share:
    """Lend a row to a person, in place of what was lent to them before; note it in the history. Raises RuleViolation."""
    revoke(session, row, staff_id)
    share = Share(
        module=row.policy.module, row_id=row.id, staff_id=staff_id, access=access_kind, until=until,
        granted_by_id=current_viewer().id,
    )  # fmt: skip
    session.add(share)
    session.flush()
    history.note_event(session, row, "share", new=f"{staff_id} {access_kind} {until or ''}".strip())
    return share


def revoke(session: Session, row: Owned, staff_id: int) -> int:
    """Take back what is lent of a row to a person; returns how many shares that were."""
    found = [share for share in read_row_shares(session, row) if share.staff_id == staff_id]
    for share in found:
        share.revoked_at, share.revoked_by_id = clock.now(), current_viewer().id
        history.note_event(session, row, "unshare", old=str(staff_id))
    return len(found)
