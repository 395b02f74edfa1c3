"""The rules on accounts, roles, departments, absences and working hours, as tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.staff import rules
from app.staff.models import Absence, CalendarDay, WorkingHours
from app.staff.rules import DayHours, Span

from .said import hear, hear_field, is_denied

FACTS = ("actor_is_admin", "is_self", "had_admin", "has_admin", "roles_changed", "is_last_admin", "closes")


def expect(facts: dict[str, bool]) -> Any:
    """Return what must be said, as the security model puts it."""
    by_it = not facts["actor_is_admin"]
    if by_it and facts["is_self"] and facts["roles_changed"]:
        return rules.NOT_YOUR_OWN
    if by_it and not facts["is_self"] and facts["had_admin"]:
        return rules.ADMIN_ONLY
    if by_it and facts["has_admin"] and not facts["had_admin"]:
        return rules.ADMIN_ROLE_ONLY
    if facts["is_self"] and facts["closes"]:
        return rules.OWN_ACCOUNT
    if facts["had_admin"] and facts["is_last_admin"] and (facts["closes"] or not facts["has_admin"]):
        return rules.LAST_ADMIN
    return None


def test_every_change_of_an_account() -> None:
    for values in product([True, False], repeat=len(FACTS)):
        facts = dict(zip(FACTS, values, strict=True))
        heard = hear(rules.check_account_change, rules.AccountChange(**facts))
        assert (heard[0] if heard else None) is expect(facts), facts


BY_HAND = [  # who acts on whom, and what comes of it
    ({}, None),
    ({"roles_changed": True}, None),
    ({"closes": True}, None),
    ({"had_admin": True, "has_admin": True}, rules.ADMIN_ONLY),
    ({"has_admin": True, "roles_changed": True}, rules.ADMIN_ROLE_ONLY),
    ({"is_self": True}, None),
    ({"is_self": True, "roles_changed": True}, rules.NOT_YOUR_OWN),
    ({"is_self": True, "closes": True}, rules.OWN_ACCOUNT),
    ({"actor_is_admin": True, "had_admin": True, "has_admin": True}, None),
    ({"actor_is_admin": True, "has_admin": True, "roles_changed": True}, None),
    ({"actor_is_admin": True, "had_admin": True, "roles_changed": True}, None),
    ({"actor_is_admin": True, "had_admin": True, "roles_changed": True, "is_last_admin": True}, rules.LAST_ADMIN),
    ({"actor_is_admin": True, "had_admin": True, "has_admin": True, "closes": True, "is_last_admin": True}, rules.LAST_ADMIN),
    ({"actor_is_admin": True, "is_self": True, "had_admin": True, "has_admin": True, "closes": True}, rules.OWN_ACCOUNT),
]


@pytest.mark.parametrize(("change", "said"), BY_HAND)
def test_who_may_change_an_account(change: dict[str, bool], said: Any) -> None:
    facts = dict.fromkeys(FACTS, False) | change
    account = rules.AccountChange(**facts)
    heard = hear(rules.check_account_change, account)
    assert (heard[0] if heard else None) is said
    assert is_denied(rules.check_account_change, account) == (said in (rules.ADMIN_ONLY, rules.ADMIN_ROLE_ONLY, rules.NOT_YOUR_OWN))


@pytest.mark.parametrize(
    ("is_admin", "holds", "is_admin_role", "said"),
    [
        (True, True, True, None),
        (True, True, False, None),
        (True, False, True, None),
        (True, False, False, None),
        (False, True, True, rules.ADMIN_ROLE_ONLY),
        (False, False, True, rules.ADMIN_ROLE_ONLY),
        (False, True, False, rules.ROLE_YOU_HOLD),
        (False, False, False, None),
    ],
)
def test_who_may_change_a_role(is_admin: bool, holds: bool, is_admin_role: bool, said: Any) -> None:
    facts = {"actor_is_admin": is_admin, "actor_holds": holds, "is_admin_role": is_admin_role}
    assert hear(rules.check_role_change, **facts) == (None if said is None else (said, "name"))
    assert is_denied(rules.check_role_change, **facts) == (said is not None)


@pytest.mark.parametrize(
    ("department", "above", "passes"), [(None, [1, 2], True), (3, [1, 2], True), (3, [], True), (3, [3, 1], False), (1, [3, 1], False)]
)
def test_departments_stay_a_tree(department: int | None, above: list[int], passes: bool) -> None:
    assert hear(rules.check_tree, department, above) == (None if passes else (rules.DEPARTMENT_LOOP, "parent"))


@pytest.mark.parametrize("name", ["li", "wang.wei", "a@b.cn", "王伟", " li ", "a" * 64])
def test_user_names_that_people_can_type(name: str) -> None:
    assert rules.check_username(name) == name.strip()


@pytest.mark.parametrize("name", ["", None, "a", "a b", "a/b", "<b>", "a" * 65])
def test_other_user_names_are_refused(name: str | None) -> None:
    assert hear(rules.check_username, name) == (rules.USERNAME_BAD, "username")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("correct horse", None),
        ("我的密码是一句很长的话", None),
        ("a1b2c3d4e5", None),
        ("short", rules.PASSWORD_SHORT),
        ("", rules.PASSWORD_SHORT),
        ("123456789", rules.PASSWORD_SHORT),
        ("x" * 129, rules.PASSWORD_LONG),
        ("aaaaaaaaaaaa", rules.PASSWORD_COMMON),
        ("abababababab", rules.PASSWORD_COMMON),
        ("Password123", rules.PASSWORD_COMMON),
        ("my south1 pass", rules.PASSWORD_COMMON),
    ],
)
def test_passwords(password: str, said: Any) -> None:
    assert hear(rules.check_password, password, "South1") == (None if said is None else (said, "password"))


def test_a_short_user_name_may_stand_in_a_password() -> None:
    assert hear(rules.check_password, "believing in line", "li") is None


@pytest.mark.parametrize(("is_open", "said"), [(True, None), (False, (rules.MANAGER_CLOSED, "manager"))])
def test_a_manager_has_an_open_account(is_open: bool, said: Any) -> None:
    assert hear(rules.check_manager, is_open=is_open) == said


# -- absences and deputies ------------------------------------------------------------------------------------------------

ANN, BEN, CAI, DAN, EVA, FAY = range(1, 7)


def span(person: int, deputy: int, first: int = 10, last: int = 12) -> Span:
    """Return an absence of some days of one month."""
    return Span(person_id=person, deputy_id=deputy, from_on=date(2026, 12, first), until_on=date(2026, 12, last))


def say(mine: Span, *others: Span, is_open: bool = True) -> Any:
    return hear(rules.check_span, mine, others, deputy_is_open=is_open)


@pytest.mark.parametrize(
    ("mine", "others", "is_open", "said"),
    [
        (span(ANN, BEN), [], True, None),
        (span(ANN, BEN, 10, 10), [], True, None),
        (span(ANN, BEN, 10, 9), [], True, (rules.DAYS_ORDER, "until_on")),
        (span(ANN, ANN), [], True, (rules.DEPUTY_SELF, "deputy")),
        (span(ANN, BEN), [], False, (rules.DEPUTY_CLOSED, "deputy")),
        (span(ANN, BEN), [span(ANN, CAI, 12, 14)], True, (rules.OVERLAP, "from_on")),
        (span(ANN, BEN), [span(CAI, BEN)], True, None),
        (span(ANN, BEN), [span(CAI, ANN)], True, None),
        # circles, and those that are none on any one day
        (span(ANN, BEN), [span(BEN, ANN)], True, (rules.CIRCLE, "deputy")),
        (span(ANN, BEN), [span(BEN, ANN, 12, 20)], True, (rules.CIRCLE, "deputy")),
        (span(ANN, BEN), [span(BEN, ANN, 1, 10)], True, (rules.CIRCLE, "deputy")),
        (span(ANN, BEN), [span(BEN, CAI), span(CAI, ANN)], True, (rules.CIRCLE, "deputy")),
        (span(ANN, BEN), [span(BEN, CAI, 1, 10), span(CAI, ANN, 12, 20)], True, None),
        (span(ANN, BEN), [span(CAI, DAN), span(DAN, CAI)], True, None),  # not of this absence's making
        # chains
        (span(ANN, BEN), [span(BEN, CAI), span(CAI, DAN)], True, None),
        (span(ANN, BEN), [span(BEN, CAI), span(CAI, DAN), span(DAN, EVA)], True, (rules.CHAIN_LONG, "deputy")),
        (span(CAI, DAN), [span(ANN, BEN), span(BEN, CAI), span(DAN, EVA)], True, (rules.CHAIN_LONG, "deputy")),
        (span(DAN, EVA), [span(ANN, BEN), span(BEN, CAI), span(CAI, DAN)], True, (rules.CHAIN_LONG, "deputy")),
        (span(DAN, EVA), [span(ANN, BEN), span(BEN, CAI, 1, 11), span(CAI, DAN, 12, 20)], True, None),
    ],
)
def test_what_absences_are_taken(mine: Span, others: Iterable[Span], is_open: bool, said: Any) -> None:
    assert say(mine, *others, is_open=is_open) == said


def measure(deputies: dict[int, int], person: int) -> int:
    """Return how many deputies follow each other; a hundred in a circle. The rule, written a second time."""
    steps = 0
    while person in deputies and steps < 100:
        person, steps = deputies[person], steps + 1
    return steps


PEOPLE = st.integers(ANN, FAY)
SPANS = st.tuples(PEOPLE, PEOPLE, st.integers(1, 9), st.integers(0, 3)).map(
    lambda found: span(found[0], found[1], found[2], found[2] + found[3])
)


@given(st.lists(SPANS, max_size=14))
def test_no_day_has_a_circle_or_a_long_chain_whatever_is_entered(wanted: list[Span]) -> None:
    entered: list[Span] = []
    for one in wanted:
        near = [other for other in entered if other.from_on <= one.until_on and one.from_on <= other.until_on]
        if say(one, *near) is None:
            entered.append(one)
    for day in range(1, 14):
        away = [one for one in entered if one.has(date(2026, 12, day))]
        deputies = {one.person_id: one.deputy_id for one in away}
        assert len(deputies) == len(away)
        assert all(measure(deputies, person) <= rules.MAX_CHAIN for person in deputies)


@pytest.mark.parametrize(
    ("deputies", "closed", "found"),
    [
        ({}, set(), {}),
        ({ANN: BEN}, set(), {ANN: BEN}),
        ({ANN: BEN, BEN: CAI}, set(), {ANN: CAI, BEN: CAI}),
        ({ANN: BEN, BEN: CAI, CAI: DAN}, set(), {ANN: DAN, BEN: DAN, CAI: DAN}),
        ({ANN: BEN}, {BEN}, {}),
        ({ANN: BEN, BEN: CAI}, {CAI}, {}),
        ({ANN: BEN, BEN: CAI}, {BEN}, {BEN: CAI}),  # whose account was closed while absent is nobody's deputy
        ({ANN: BEN, BEN: ANN}, set(), {}),
        ({ANN: ANN}, set(), {}),
    ],
)
def test_who_stands_in(deputies: dict[int, int], closed: set[int], found: dict[int, int]) -> None:
    assert rules.resolve_deputies(deputies, closed) == found


@given(st.dictionaries(PEOPLE, PEOPLE), st.sets(PEOPLE))
def test_who_stands_in_is_there_and_has_an_open_account(deputies: dict[int, int], closed: set[int]) -> None:
    for absent, deputy in rules.resolve_deputies(deputies, closed).items():
        assert absent in deputies and deputy not in deputies and deputy not in closed


@pytest.mark.parametrize(("is_open", "in_reach"), [*product([True, False], repeat=2)])
def test_whose_absence_one_enters(is_open: bool, in_reach: bool) -> None:
    said = None if is_open and in_reach else (rules.PERSON_CLOSED, "owner")
    assert hear(rules.check_absent_person, is_open=is_open, in_reach=in_reach) == said


@pytest.mark.parametrize(
    ("model", "name", "value", "said"),
    [
        (Absence, "from_on", None, rules.FROM_NEEDED),
        (Absence, "until_on", None, rules.UNTIL_NEEDED),
        (Absence, "deputy_id", None, rules.DEPUTY_NEEDED),
        (Absence, "from_on", date(1900, 1, 1), None),
        (Absence, "until_on", date(2999, 12, 31), None),
        (CalendarDay, "day", None, rules.DAY_NEEDED),
        (WorkingHours, "starts_at", time(8, 30), None),
        (WorkingHours, "starts_at", None, None),
    ],
)
def test_fields(model: Any, name: str, value: Any, said: Any) -> None:
    assert hear_field(model, name, value) == (None if said is None else (said, name))


@pytest.mark.parametrize("day", [date(1899, 12, 31), date(3000, 1, 1)])
@pytest.mark.parametrize("name", ["from_on", "until_on"])
def test_days_lie_between_1900_and_2999(name: str, day: date) -> None:
    assert hear_field(Absence, name, day) is not None


def at(text: str) -> time | None:
    return time.fromisoformat(text) if text else None


@pytest.mark.parametrize(
    ("hours", "said"),
    [  # from, until, break from, break until
        ("09:00 18:00 12:00 13:00", None),
        ("09:00 18:00 - -", None),
        ("- - - -", None),
        ("00:00 00:00 - -", None),  # round the clock
        ("20:00 00:00 22:00 22:30", None),
        ("09:00 - - -", (rules.HOURS_HALF, "ends_at")),
        ("- 18:00 - -", (rules.HOURS_HALF, "starts_at")),
        ("18:00 09:00 - -", (rules.HOURS_ORDER, "ends_at")),
        ("09:00 09:00 - -", (rules.HOURS_ORDER, "ends_at")),
        ("09:00 18:00 12:00 -", (rules.BREAK_HALF, "break_until")),
        ("09:00 18:00 - 13:00", (rules.BREAK_HALF, "break_from")),
        ("- - 12:00 13:00", (rules.BREAK_OUTSIDE, "break_from")),
        ("09:00 18:00 08:00 10:00", (rules.BREAK_OUTSIDE, "break_from")),
        ("09:00 18:00 09:00 10:00", (rules.BREAK_OUTSIDE, "break_from")),
        ("09:00 18:00 17:00 18:00", (rules.BREAK_OUTSIDE, "break_from")),
        ("09:00 18:00 13:00 12:00", (rules.BREAK_OUTSIDE, "break_from")),
        ("09:00 18:00 12:00 12:00", (rules.BREAK_OUTSIDE, "break_from")),
    ],
)
def test_hours_of_a_day(hours: str, said: Any) -> None:
    starts_at, ends_at, break_from, break_until = (at(text.strip("-")) for text in hours.split())
    day = DayHours(starts_at=starts_at, ends_at=ends_at, break_from=break_from, break_until=break_until)
    assert hear(rules.check_hours, day) == said


@pytest.mark.parametrize(("is_taken", "said"), [(False, None), (True, (rules.DAY_TAKEN, "day"))])
def test_a_day_is_entered_once(is_taken: bool, said: Any) -> None:
    assert hear(rules.check_day, is_taken=is_taken) == said


def test_the_week_keeps_its_days() -> None:
    assert hear(rules.refuse_new_weekday) == (rules.WEEK_FIXED, "weekday")
