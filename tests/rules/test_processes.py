"""Truth tables of the rules on processes: what is wrong with a contract's number, who may publish, what may be deleted."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.core.base.errors import RuleViolation
from app.processes import rules
from app.processes.rules import NumberFacts, Publication

from .said import hear


def refused(rule: Any, facts: Any) -> str | None:
    """Return the sentence that a rule refuses with; None when it lets pass."""
    heard = hear(rule, facts)
    return None if heard is None else str(heard[0])


GOOD: dict[str, Any] = {"text": "HT2026000001", "length": 12, "state": "in_force", "is_signed": True, "taken_by": ""}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, None),
        ({"text": "", "state": None}, rules.NUMBER_NEEDED),
        ({"text": "HT1", "state": None}, "A contract number has 12 characters; this one has 3."),
        ({"state": None}, rules.NUMBER_UNKNOWN),
        ({"state": "void"}, rules.CONTRACT_VOID),
        ({"state": "draft"}, rules.CONTRACT_DRAFT),
        ({"state": "expired"}, rules.CONTRACT_EXPIRED),
        ({"state": "terminated"}, rules.CONTRACT_TERMINATED),
        ({"is_signed": False}, rules.CUSTOMER_LEFT),
        ({"taken_by": "LC2026000007"}, "This contract is in a running case already: LC2026000007."),
        ({"state": "", "is_signed": True}, None),  # where any contract does
    ],
)
def test_a_contract_number_is_told_wrong_in_its_own_sentence(change: dict[str, Any], sentence: Any) -> None:
    assert refused(rules.check_contract_number, NumberFacts(**{**GOOD, **change})) == (None if sentence is None else str(sentence))


@pytest.mark.parametrize(
    ("start_on", "later"), [(None, False), (date(2026, 11, 28), False), (date(2026, 11, 29), True), (date(2026, 11, 27), False)]
)
def test_a_contract_begins_later_when_it_begins_after_today(start_on: date | None, later: bool) -> None:
    assert rules.begins_later(start_on, date(2026, 11, 28)) is later


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, None),
        ({"state": "published"}, rules.FROZEN_VERSION),
        ({"state": "retired"}, rules.FROZEN_VERSION),
        ({"has_faults": True}, rules.HAS_FAULTS),
        ({"needs_second": True, "asked_by": None}, rules.NEEDS_SECOND),
        ({"needs_second": True, "asked_by": 1}, rules.NEEDS_SECOND),
        ({"needs_second": True, "asked_by": 2}, None),
        ({"needs_second": False, "asked_by": 1}, None),
    ],
)
def test_who_publishes_what(change: dict[str, Any], sentence: Any) -> None:
    plain: dict[str, Any] = {"has_faults": False, "state": "draft", "needs_second": False, "asked_by": None, "actor": 1}
    assert refused(rules.check_publication, Publication(**{**plain, **change})) == (None if sentence is None else str(sentence))


@pytest.mark.parametrize("state", ["draft", "running", "done", "refused", "cancelled"])
@pytest.mark.parametrize("was_sent", [True, False])
def test_only_a_draft_that_was_given_up_is_deleted(state: str, was_sent: bool) -> None:
    may = state == "cancelled" and not was_sent
    assert rules.is_deletable(state=state, was_sent=was_sent) is may
    if may:
        rules.check_deletion(state=state, was_sent=was_sent)
    else:
        with pytest.raises(RuleViolation):
            rules.check_deletion(state=state, was_sent=was_sent)
