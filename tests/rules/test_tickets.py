"""The tickets' rules, as tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest

from app.core.base.lifecycle import NO_SUCH_MOVE
from app.tickets import rules
from app.tickets.models import Ticket

from .said import hear, hear_field

# old state -> the states that may follow, written by hand from the ticket's life.
MAY_FOLLOW = {
    None: {"open"},
    "open": {"open", "in_progress", "waiting", "resolved"},
    "in_progress": {"in_progress", "waiting", "resolved"},
    "waiting": {"waiting", "in_progress", "resolved"},
    "resolved": {"resolved", "closed", "open"},
    "closed": {"closed", "open"},
}
NEEDS_REASON = {("open", "waiting"), ("in_progress", "waiting"), ("resolved", "open"), ("closed", "open")}


@pytest.mark.parametrize(("old", "new"), list(product(MAY_FOLLOW, rules.LIFECYCLE.states)))
def test_the_moves_of_a_ticket(old: str | None, new: str) -> None:
    said = None if new in MAY_FOLLOW[old] else (NO_SUCH_MOVE, "status")
    assert hear(rules.LIFECYCLE.check_move, old, new, {"status_reason": "asked the carrier"}) == said
    bare = (rules.REASON_NEEDED, "status_reason") if (old, new) in NEEDS_REASON else said
    assert hear(rules.LIFECYCLE.check_move, old, new, {"status_reason": ""}) == bare


@pytest.mark.parametrize(("old", "new"), list(product(MAY_FOLLOW, rules.LIFECYCLE.states)))
def test_a_closed_ticket_only_reopens(old: str | None, new: str) -> None:
    assert hear(rules.refuse_closed, old_status=old, new_status=new) == ((rules.IS_CLOSED, None) if old == new == "closed" else None)


@pytest.mark.parametrize(("subject", "said"), [("No signal", None), *((empty, rules.SUBJECT_NEEDED) for empty in ("", " ", None))])
def test_a_ticket_has_a_subject(subject: str | None, said: Any) -> None:
    assert hear_field(Ticket, "subject", subject) == (None if said is None else (said, "subject"))


@pytest.mark.parametrize(("exists", "said"), [(True, None), (False, (rules.PRIORITY_NEEDED, "priority"))])
def test_a_ticket_has_a_priority(exists: bool, said: Any) -> None:
    assert hear(rules.check_priority, priority_exists=exists) == said


def test_the_assignee_is_active_maintenance() -> None:
    assert hear(rules.check_assignee, is_active_maintenance=True) is None
    assert hear(rules.check_assignee, is_active_maintenance=False) == (rules.ASSIGNEE_BAD, "assignee")


@pytest.mark.parametrize(("contracts", "passes"), [(5, True), (6, False), (None, False)])
def test_the_contract_is_the_customers(contracts: int | None, passes: bool) -> None:
    said = None if passes else (rules.CONTRACT_BAD, "contract")
    assert hear(rules.check_contract, contract_customer_id=contracts, customer_id=5) == said


NOW, SECOND = datetime(2026, 3, 31, 16), timedelta(seconds=1)


@pytest.mark.parametrize("status", rules.LIFECYCLE.states)
@pytest.mark.parametrize(("due_at", "is_past"), [(None, False), (NOW, False), (NOW + SECOND, False), (NOW - SECOND, True)])
def test_a_ticket_is_overdue_while_its_work_is_to_be_done(status: str, due_at: datetime | None, is_past: bool) -> None:
    assert rules.is_overdue(status, due_at, NOW) is (is_past and status in ("open", "in_progress", "waiting"))


def test_a_ticket_is_due_by_the_hours_of_its_priority() -> None:
    assert rules.find_due(datetime(2026, 2, 28, 20, 30), 4) == datetime(2026, 3, 1, 0, 30)
