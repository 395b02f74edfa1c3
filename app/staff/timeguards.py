"""Bind the rules on absences and on the working calendar to the gate."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.access.grants import bump_grants_version
from ..core.access.viewer import forget_viewer
from ..core.writes.gate import Change
from ..notices.queries import notify
from . import rules
from .models import CalendarDay, Staff
from .queries import lock_active_accounts
from .standins import lock_spans, read_spans


def guard_absence(change: Change) -> None:
    """Check an absence: whose it is, its days, its deputy and the chain of deputies; tell the deputy."""
    row, viewer, facts = change.row, change.viewer, change.facts
    if change.kind == "delete":
        return
    if change.kind == "edit" and not any(change.changed(name) for name in ("from_on", "until_on", "deputy_id")):
        return
    if change.is_new and row.owner_id is None:
        row.owner_id = viewer.id
    lock_spans(facts.session, row.span)  # before anybody's account is read: a lock that is raised later can cross another's
    if change.is_new:
        _check_person(change)
    is_named = change.kind == "restore" or change.changed("deputy_id")
    is_open = not is_named or row.deputy_id in lock_active_accounts(facts.session, [row.deputy_id])
    rules.check_span(row.span, read_spans(facts.session, row.span, row.id), deputy_is_open=is_open)
    change.after_write.append(lambda session: notify(session, row.deputy_id, "deputy", row))


def _check_person(change: Change) -> None:
    """Check whose absence is entered, and put it into their department."""
    row, viewer = change.row, change.viewer
    person = change.facts.get(Staff, row.owner_id)
    department_id = person.department_id if person is not None else None
    in_reach = viewer.is_system or viewer.reaches_row("Absences", ("can_add",), owner_id=row.owner_id, department_id=department_id)
    rules.check_absent_person(is_open=person is not None and bool(person.active), in_reach=in_reach)
    row.department_id = department_id


def guard_hours(change: Change) -> None:
    """Check the hours of a weekday; the seven of them are seeded, and stay."""
    if change.kind == "delete" or (change.is_new and not change.viewer.is_system):
        rules.refuse_new_weekday()
    rules.check_hours(change.row.hours)
    change.after_write.append(_drop_calendar)


def guard_day(change: Change) -> None:
    """Refuse a day that is entered twice."""
    if change.kind != "delete" and change.changed("day"):
        same = change.facts.all(select(CalendarDay.id).where(CalendarDay.day == change.row.day))
        rules.check_day(is_taken=bool({*same} - {change.row.id}))
    change.after_write.append(_drop_calendar)


def _drop_calendar(session: Session) -> None:
    """Make every process read the calendar anew: it is cached between requests under the version of grants and lists."""
    bump_grants_version(session.connection())
    forget_viewer()
