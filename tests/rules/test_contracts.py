"""The contracts' rules, as tables."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contracts import rules
from app.contracts.models import Contract
from app.core.base.lifecycle import NO_SUCH_MOVE, NO_SUCH_STATE

from .said import hear, hear_field

TODAY = date(2026, 3, 31)
DAY = timedelta(days=1)
MOST = Decimal("9999999999999.99")


@pytest.mark.parametrize(
    ("start_on", "end_on", "said"),
    [
        (TODAY, TODAY, None),
        (None, None, None),
        (None, TODAY, None),
        (TODAY, TODAY - DAY, (rules.TERM_BAD, "end_on")),
    ],
)
def test_terms(start_on: date | None, end_on: date | None, said: Any) -> None:
    assert hear(rules.check_terms, start_on=start_on, end_on=end_on) == said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": "Data line", "amount": Decimal("10.50"), "currency": "CNY"}, None),
        ({"amount": Decimal(0)}, None),
        ({"amount": MOST}, None),
        ({"title": ""}, (rules.TITLE_NEEDED, "title")),
        ({"title": " "}, (rules.TITLE_NEEDED, "title")),
        ({"title": None}, (rules.TITLE_NEEDED, "title")),
        ({"amount": None}, (rules.AMOUNT_BAD, "amount")),
        ({"amount": Decimal("-0.01")}, (rules.AMOUNT_BAD, "amount")),
        ({"amount": Decimal("0.001")}, (rules.AMOUNT_BAD, "amount")),
        ({"amount": MOST + Decimal("0.01")}, (rules.AMOUNT_BAD, "amount")),
        ({"amount": Decimal("NaN")}, (rules.AMOUNT_BAD, "amount")),
        ({"amount": Decimal("Infinity")}, (rules.AMOUNT_BAD, "amount")),
        ({"currency": ""}, (rules.CURRENCY_BAD, "currency")),
        ({"currency": "cny"}, (rules.CURRENCY_BAD, "currency")),
    ],
)
def test_title_amount_and_currency(change: dict[str, Any], said: Any) -> None:
    for name, value in change.items():
        assert hear_field(Contract, name, value) == said


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_an_amount_is_taken_only_when_money_can_hold_it(amount: Decimal) -> None:
    fits = amount.is_finite() and 0 <= amount < 10**13 and amount * 100 == int(amount * 100)
    assert (hear_field(Contract, "amount", amount) is None) == fits


# old state -> the states that may follow, written by hand from the contract's life.
MAY_FOLLOW = {
    None: {"draft"},
    "draft": {"draft", "in_force", "void"},
    "in_force": {"in_force", "terminated", "void"},
    "expired": {"expired"},  # shown, never stored
    "terminated": {"terminated"},
    "void": {"void"},
}


@pytest.mark.parametrize(("old", "new"), list(product(MAY_FOLLOW, rules.LIFECYCLE.states)))
def test_the_moves_of_a_contract(old: str | None, new: str) -> None:
    filled = {"status_reason": "as agreed", "signed_on": TODAY, "start_on": TODAY, "end_on": TODAY}
    assert hear(rules.LIFECYCLE.check_move, old, new, filled) == (None if new in MAY_FOLLOW[old] else (NO_SUCH_MOVE, "status"))


@pytest.mark.parametrize(
    ("old", "new", "needs"),
    [
        ("draft", "in_force", {"signed_on": rules.SIGNED_NEEDED, "start_on": rules.START_NEEDED, "end_on": rules.END_NEEDED}),
        ("draft", "void", {"status_reason": rules.REASON_NEEDED}),
        ("in_force", "void", {"status_reason": rules.REASON_NEEDED}),
        ("in_force", "terminated", {"status_reason": rules.REASON_NEEDED}),
    ],
)
def test_what_a_move_needs(old: str, new: str, needs: dict[str, Any]) -> None:
    filled = dict.fromkeys(needs, "given")
    for name, sentence in needs.items():
        assert hear(rules.LIFECYCLE.check_move, old, new, filled | {name: ""}) == (sentence, name)


def test_an_unknown_state_is_refused() -> None:
    assert hear(rules.LIFECYCLE.check_move, "draft", "signed", {}) == (NO_SUCH_STATE, "status")


@pytest.mark.parametrize(
    ("missing", "said"), [(None, None), ("signed_on", rules.SIGNED_NEEDED), ("start_on", rules.START_NEEDED), ("end_on", rules.END_NEEDED)]
)
def test_a_contract_in_force_has_its_dates(missing: str | None, said: Any) -> None:
    dates = {name: None if name == missing else TODAY for name in ("signed_on", "start_on", "end_on")}
    assert hear(rules.check_start, **dates) == (None if said is None else (said, missing))


@pytest.mark.parametrize(
    ("old", "is_ended", "keeps_customer"),
    [(None, False, False), ("draft", False, False), ("in_force", False, True), ("terminated", True, True), ("void", True, True)],
)
def test_what_ended_or_came_into_force_stays(old: str | None, is_ended: bool, keeps_customer: bool) -> None:
    assert rules.is_ended(old) is is_ended
    assert hear(rules.refuse_ended, old_status=old) == ((rules.IS_ENDED, None) if is_ended else None)
    assert hear(rules.check_customer_change, old_status=old) == ((rules.CUSTOMER_FIXED, "customer") if keeps_customer else None)


def test_a_contract_in_force_is_of_a_signed_customer() -> None:
    assert hear(rules.check_customer_of_force, is_signed=True) is None
    assert hear(rules.check_customer_of_force, is_signed=False) == (rules.CUSTOMER_UNSIGNED, "status")


@pytest.mark.parametrize(("status", "offered"), [("draft", False), ("in_force", True), ("terminated", True), ("void", False)])
def test_which_contracts_are_offered_for_renewal(status: str, offered: bool) -> None:
    assert rules.is_renewable(status) is offered


RENEWAL: dict[str, Any] = {"is_self": False, "exists": True, "same_customer": True, "status": "in_force", "already_renewed": False}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, None),
        ({"status": "terminated"}, None),
        ({"is_self": True}, rules.RENEWS_ITSELF),
        ({"exists": False, "status": None}, rules.RENEWS_OTHER_CUSTOMER),
        ({"same_customer": False}, rules.RENEWS_OTHER_CUSTOMER),
        ({"same_customer": False, "status": "void", "already_renewed": True}, rules.RENEWS_OTHER_CUSTOMER),  # nothing is told of it
        ({"status": "draft"}, rules.RENEWS_VOID),
        ({"status": "void"}, rules.RENEWS_VOID),
        ({"already_renewed": True}, rules.IS_RENEWED),
    ],
)
def test_renewals(change: dict[str, Any], said: Any) -> None:
    assert hear(rules.check_renewal, rules.Renewal(**RENEWAL | change)) == (None if said is None else (said, "renews"))


@pytest.mark.parametrize(
    ("status", "start", "end", "state", "covers"),
    [
        ("in_force", TODAY, TODAY, "in_force", True),
        ("in_force", TODAY - DAY, TODAY - DAY, "expired", False),
        ("in_force", TODAY + DAY, TODAY + DAY, "in_force", False),
        ("in_force", None, None, "in_force", True),
        ("in_force", TODAY, None, "in_force", True),
        ("draft", TODAY, TODAY, "draft", False),
        ("draft", TODAY - DAY, TODAY - DAY, "draft", False),
        ("terminated", TODAY, TODAY, "terminated", False),
        ("void", TODAY - DAY, TODAY - DAY, "void", False),
    ],
)
def test_what_is_in_force_today(status: str, start: date | None, end: date | None, state: str, covers: bool) -> None:
    assert rules.find_state(status, end, TODAY) == state
    assert rules.covers(rules.Span(status=status, start_on=start, end_on=end), TODAY) is covers


@pytest.mark.parametrize(
    ("start", "end", "term"),
    [
        (date(2026, 1, 1), date(2026, 12, 31), (date(2027, 1, 1), date(2027, 12, 31))),
        (date(2023, 3, 1), date(2024, 2, 29), (date(2024, 3, 1), date(2025, 2, 28))),
        (date(2026, 1, 15), date(2026, 4, 14), (date(2026, 4, 15), date(2026, 7, 14))),
        (date(2026, 1, 1), date(2026, 1, 10), (date(2026, 1, 11), date(2026, 1, 20))),
        (date(2026, 1, 1), date(2026, 1, 1), (date(2026, 1, 2), date(2026, 1, 2))),
        (None, date(2026, 12, 31), (date(2027, 1, 1), None)),
        (date(2026, 1, 1), None, (None, None)),
    ],
)
def test_the_next_term_is_as_long(start: date | None, end: date | None, term: tuple[date | None, date | None]) -> None:
    assert rules.find_next_term(start, end) == term
