"""The rules of handing over, as tables."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from app.handover import rules

from .said import hear, is_denied

TODAY, NOW = date(2026, 3, 31), datetime(2026, 3, 31, 16)


@pytest.mark.parametrize(("known", "near", "self_"), list(product([True, False], repeat=3)))
def test_who_may_leave(known: bool, near: bool, self_: bool) -> None:
    said = (rules.LEAVER_NEEDED, "leaver") if not (known and near) else (rules.LEAVER_IS_YOU, "leaver") if self_ else None
    assert hear(rules.check_leaver, is_known=known, is_in_reach=near, is_self=self_) == said


@pytest.mark.parametrize(("receivers", "used", "passes"), [([], [], True), ([1], [1], True), ([1, 2], [2], True), ([1], [], False)])
def test_a_plan_gives_something(receivers: list[int], used: list[int], passes: bool) -> None:
    assert hear(rules.check_chosen, receivers=receivers, used=used) == (None if passes else (rules.NOTHING_CHOSEN, None))


@pytest.mark.parametrize(
    ("receivers", "offered", "closed", "said"),
    [
        ([1, 2], [1, 2, 3], [], None),
        (range(1, 21), range(1, 30), [], None),
        ([], [1], [], rules.RECEIVER_NEEDED),
        (range(1, 22), range(1, 30), [], rules.TOO_MANY_RECEIVERS),
        ([1, 9], [1], [], rules.RECEIVER_OUT_OF_REACH),
        ([1, 99], [1], [], rules.RECEIVER_IS_LEAVER),
        ([1, 5], [1], [5], rules.RECEIVER_CLOSED),
    ],
)
def test_who_may_take_over(receivers: Any, offered: Any, closed: list[int], said: Any) -> None:
    heard = hear(rules.check_receivers, rules.Receivers(chosen=receivers, offered=offered, closed=closed, leaver_id=99))
    assert heard == (None if said is None else (said, "to"))


@pytest.mark.parametrize(
    ("rule", "fact", "said"),
    [
        (rules.check_still_open, {"is_open": True}, None),
        (rules.check_still_open, {"is_open": False}, (rules.RECEIVER_CLOSED, "to")),
        (rules.check_near, {"is_near": True, "field": "x"}, None),
        (rules.check_near, {"is_near": False, "field": "x"}, (rules.RECEIVER_OUT_OF_REACH, "x")),
        (rules.check_worker, {"may_work": True, "field": "x"}, None),
        (rules.check_worker, {"may_work": False, "field": "x"}, (rules.RECEIVER_CANNOT_WORK, "x")),
        (rules.check_preview, {"seen": "a", "now": "a"}, None),
        (rules.check_preview, {"seen": "a", "now": "b"}, (rules.CHANGED_SINCE, None)),
        (rules.check_preview, {"seen": "", "now": "b"}, (rules.CHANGED_SINCE, None)),
        (rules.check_nothing_left, {"held": {}}, None),
        (rules.check_nothing_left, {"held": {"customers": 0, "tickets": 0}}, None),
        (rules.check_nothing_left, {"held": {"customers": 0, "tickets": 1}}, (rules.STILL_HOLDS, "close")),
    ],
)
def test_single_facts(rule: Any, fact: dict[str, Any], said: Any) -> None:
    assert hear(rule, **fact) == said


OPTIONS: dict[str, Any] = {
    "keep": False, "keep_until": None, "close": False, "may_close": True, "is_wholly_in_reach": True, "today": TODAY,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said", "denied"),
    [
        ({}, None, False),
        ({"keep": True, "keep_until": TODAY}, None, False),
        ({"keep": True, "keep_until": TODAY - timedelta(days=1)}, (rules.UNTIL_NEEDED, "keep_until"), False),
        ({"keep": True}, (rules.UNTIL_NEEDED, "keep_until"), False),
        ({"close": True}, None, False),
        ({"close": True, "keep": True, "keep_until": TODAY}, (rules.CLOSED_KEEPS_NOTHING, "close"), False),
        ({"close": True, "may_close": False}, (rules.CLOSE_NO_RIGHT, "close"), True),
        ({"close": True, "is_wholly_in_reach": False}, (rules.CLOSE_OUT_OF_REACH, "close"), True),
        ({"may_close": False, "is_wholly_in_reach": False}, None, False),
    ],
)
def test_options(change: dict[str, Any], said: Any, denied: bool) -> None:
    options = rules.HandoverOptions(**OPTIONS | change)
    assert hear(rules.check_options, options) == said
    assert is_denied(rules.check_options, options) == denied


UNDO: dict[str, Any] = {"state": "done", "done_at": NOW, "now": NOW, "reopens": False, "leaver_is_active": True}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, None),
        ({"done_at": NOW - timedelta(days=30)}, None),
        ({"done_at": NOW - timedelta(days=30, seconds=1)}, rules.UNDO_LATE),
        ({"state": "undone"}, rules.ALREADY_UNDONE),
        ({"state": "partly"}, rules.ALREADY_UNDONE),
        ({"leaver_is_active": False}, rules.LEAVER_CLOSED),
        ({"leaver_is_active": False, "reopens": True}, None),
    ],
)
def test_taking_back(change: dict[str, Any], said: Any) -> None:
    facts = UNDO | change
    is_over = said in (rules.UNDO_LATE, rules.ALREADY_UNDONE)
    assert rules.is_undoable(state=facts["state"], done_at=facts["done_at"], now=facts["now"]) == (not is_over)
    assert hear(rules.check_undo, rules.Undo(**facts)) == (None if said is None else (said, None))


FACTS = ("exists", "is_receivers", "is_same_version", "is_untouched", "is_worked_on", "old_is_active")


def test_a_row_goes_back_only_when_nothing_speaks_against_it() -> None:
    fine = {
        "exists": True,
        "is_receivers": True,
        "is_same_version": True,
        "is_untouched": True,
        "is_worked_on": False,
        "old_is_active": True,
    }
    for values in product([True, False], repeat=len(FACTS)):
        facts = dict(zip(FACTS, values, strict=True))
        assert (rules.find_outcome(rules.MovedRow(**facts)) == "restored") == (facts == fine), facts
    said = [rules.find_outcome(rules.MovedRow(**fine | {name: not value})) for name, value in fine.items()]
    assert said == ["gone", "moved_on", "changed", "changed", "worked_on", "closed"]
    assert set(said) == set(rules.SKIPPED)
