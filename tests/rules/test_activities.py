"""The activities' rules, as tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest

from app.activities import rules
from app.activities.models import Activity

from .said import hear, hear_field, is_denied

NOW = datetime(2026, 3, 31, 16)
GOOD: dict[str, Any] = {"happened_at": NOW, "kind_exists": True, "now": NOW}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, None),
        ({"happened_at": datetime(1999, 1, 1)}, None),
        ({"happened_at": NOW + rules.TOLERANCE}, None),
        ({"happened_at": NOW + rules.TOLERANCE + timedelta(seconds=1)}, (rules.IN_FUTURE, "happened_at")),
        ({"kind_exists": False}, (rules.KIND_NEEDED, "kind")),
    ],
)
def test_an_activity_is_of_a_kind_and_has_happened(change: dict[str, Any], said: Any) -> None:
    assert hear(rules.check_activity, rules.ActivityEntry(**GOOD | change)) == said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("text", "Asked for an offer", None),
        ("text", "", rules.TEXT_NEEDED),
        ("text", "\n", rules.TEXT_NEEDED),
        ("text", None, rules.TEXT_NEEDED),
        ("happened_at", None, rules.TIME_NEEDED),
        ("kind_id", None, rules.KIND_NEEDED),
    ],
)
def test_an_activity_says_what_happened_and_when(name: str, value: Any, said: Any) -> None:
    assert hear_field(Activity, name, value) == (None if said is None else (said, name))


@pytest.mark.parametrize(("theirs", "living"), list(product([True, False], repeat=2)))
def test_the_contact_is_one_of_the_customer_s(theirs: bool, living: bool) -> None:
    said = None if theirs and living else (rules.CONTACT_NOT_THEIRS, "contact")
    assert hear(rules.check_contact, is_theirs=theirs, is_living=living) == said


@pytest.mark.parametrize(("author", "manager", "reason"), list(product([True, False], [True, False], ["twice", " ", None])))
def test_withdrawing(author: bool, manager: bool, reason: str | None) -> None:
    facts = {"reason": reason, "is_author": author, "is_manager": manager}
    if not author and not manager:
        assert hear(rules.check_withdrawal, **facts) == (rules.NOT_YOURS, "withdrawn_reason") and is_denied(rules.check_withdrawal, **facts)
    else:
        assert hear(rules.check_withdrawal, **facts) == (None if reason == "twice" else (rules.REASON_NEEDED, "withdrawn_reason"))


def test_what_was_withdrawn_stays() -> None:
    assert hear(rules.refuse_withdrawn, is_withdrawn=False) is None
    assert hear(rules.refuse_withdrawn, is_withdrawn=True) == (rules.IS_WITHDRAWN, None)


@pytest.mark.parametrize(("author", "facts"), list(product([True, False], repeat=2)))
def test_what_is_counted_is_the_authors(author: bool, facts: bool) -> None:
    said = (rules.NOT_THE_AUTHOR, "happened_at") if facts and not author else None
    assert hear(rules.check_editor, is_author=author, changes_facts=facts) == said
    assert is_denied(rules.check_editor, is_author=author, changes_facts=facts) == (said is not None)


@pytest.mark.parametrize("may_plan", [True, False])
def test_who_only_reads_a_customer_does_not_plan_its_next_step(may_plan: bool) -> None:
    assert hear(rules.check_next_step, may_plan=may_plan) == (None if may_plan else (rules.ONLY_LENT, "next_step_on"))
