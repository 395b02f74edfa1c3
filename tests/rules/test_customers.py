"""The customers' rules, as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.base.errors import RuleViolation
from app.core.writes.columns import rules_of
from app.core.writes.text_kinds import MAIL_BAD, PHONE_BAD
from app.customers import rules
from app.customers.models import Contact, Customer
from app.customers.rules import LEAD, SIGNED, STAGES, TERMINATED

from .said import hear, hear_field, is_denied

TODAY = date(2026, 3, 31)
# Published codes of real companies: Huawei, Tencent, Alibaba, Baidu.
REAL_CODES = ("914403001922038216", "9144030071526726XG", "91330100799655058B", "91110000802100433B")


@pytest.mark.parametrize("code", REAL_CODES)
def test_published_credit_codes_are_valid(code: str) -> None:
    assert rules.clean_credit_code(f" {code[:9]} {code[9:].lower()}\n") == code


@pytest.mark.parametrize("code", ["", None, "   "])
def test_no_credit_code_is_allowed(code: str | None) -> None:
    assert rules.clean_credit_code(code) is None


@pytest.mark.parametrize(
    "code",
    [
        "91440300192203821",
        "9144030019220382166",
        "914403001922038217",
        "91440300I922038216",
        "９１４４０３００１９２２０３８２１６",
        "-" * 18,
    ],
)
def test_wrong_credit_codes_are_refused(code: str) -> None:
    assert hear(rules.clean_credit_code, code) == (rules.BAD_CREDIT_CODE, "credit_code")


BODIES = st.text(rules.CREDIT_CODE_LETTERS, min_size=17, max_size=17)


@given(BODIES, st.integers(0, 17), st.sampled_from(rules.CREDIT_CODE_LETTERS))
def test_a_credit_code_with_one_letter_mistyped_is_refused(body: str, place: int, letter: str) -> None:
    code = body + rules.find_check_character(body)
    assert rules.clean_credit_code(code) == code
    mistyped = code[:place] + letter + code[place + 1 :]
    assert (hear(rules.clean_credit_code, mistyped) is None) == (mistyped == code)


@given(BODIES, st.integers(0, 15))
def test_a_credit_code_with_two_neighbours_swapped_is_refused(body: str, place: int) -> None:
    code = body + rules.find_check_character(body)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (hear(rules.clean_credit_code, swapped) is None) == (swapped == code)


@given(st.text(max_size=40))
def test_any_text_is_a_valid_code_or_refused(text: str) -> None:
    try:
        code = rules.clean_credit_code(text)
    except RuleViolation:
        return
    assert code is None or rules.clean_credit_code(code) == code


@pytest.mark.parametrize(
    ("name", "said"), [("A", "A"), ("  Acme   Ltd ", "Acme Ltd"), ("广州\u3000数据", "广州 数据"), ("", None), (" \t", None), (None, None)]
)
def test_names(name: str | None, said: str | None) -> None:
    if said is None:
        assert hear_field(Customer, "name", name) == (rules.NAME_NEEDED, "name")
    else:
        assert rules_of(Customer)["name"].check(name) == said == rules.clean_name(name or "")


@pytest.mark.parametrize(
    ("website", "passes"),
    [("", True), (None, True), ("https://a.cn", True), ("HTTP://a.cn/x?y=1", True), ("a.cn", False), ("javascript:alert(1)", False),
     ("https://", False), ("https://a b", False), ("data:text/html,x", False), ("https://a.cn\njavascript:x", False)],
)  # fmt: skip
def test_websites(website: str | None, passes: bool) -> None:
    assert hear_field(Customer, "website", website) == (None if passes else (rules.WEBSITE_BAD, "website"))


@pytest.mark.parametrize(
    ("mail", "passes"),
    [
        ("", True),
        (None, True),
        ("a@b.cn", True),
        (" a@b.cn ", True),
        ("a@b", False),
        ("a b@c.cn", False),
        ("a@@b.cn", False),
        ("@b.cn", False),
        ("a@b..cn", False),
        ("a@b.cn, c@d.cn", False),
    ],
)
def test_mail_addresses(mail: str | None, passes: bool) -> None:
    assert hear_field(Contact, "mail", mail) == (None if passes else (MAIL_BAD, "mail"))


@pytest.mark.parametrize(
    ("phone", "stored"),
    [("", ""), (" 020-8888 0000 ", "020-8888 0000"), ("+86 (20) 8888.0000 转 12", "+86 (20) 8888.0000 转 12"), ("１３８００１", "138001"),
     ("110", "110"), ("020 1234 ext 5", "020 1234 ext 5"), ("abc", None), ("12", None), ("call 020 1", None), ("——", None), ("٣٣٣", None)],
)  # fmt: skip
def test_phone_numbers(phone: str, stored: str | None) -> None:
    assert hear_field(Contact, "phone", phone) == (None if stored is not None else (PHONE_BAD, "phone"))
    assert stored is None or rules_of(Contact)["phone"].check(phone) == stored


# old stage -> the stages that may follow.
MAY_FOLLOW = {None: STAGES, LEAD: STAGES, SIGNED: STAGES, TERMINATED: (SIGNED, TERMINATED)}


@pytest.mark.parametrize(("old", "new"), list(product(MAY_FOLLOW, STAGES)))
def test_the_moves_between_stages(old: str | None, new: str) -> None:
    assert hear(rules.check_stage_move, old, new) == (None if new in MAY_FOLLOW[old] else (rules.LEAD_AFTER_END, "status"))


@pytest.mark.parametrize(
    ("reason", "ended_on", "said"),
    [
        ("late payer", TODAY, None),
        ("late payer", date(2020, 2, 29), None),
        ("  ", TODAY, (rules.REASON_NEEDED, "status_reason")),
        ("late payer", None, (rules.DATE_NEEDED, "ended_on")),
        ("late payer", date(2026, 4, 1), (rules.END_IN_FUTURE, "ended_on")),
    ],
)
def test_a_termination_needs_a_reason_and_a_day_that_has_come(reason: str, ended_on: date | None, said: Any) -> None:
    assert hear(rules.check_end, reason=reason, ended_on=ended_on, today=TODAY) == said


CONTRACTS = [  # old, new, has contracts, those in force that are seen, others in force: what is said
    (SIGNED, LEAD, False, [], False, None),
    (SIGNED, LEAD, True, [], False, rules.HAS_CONTRACTS),
    (SIGNED, LEAD, True, ["HT2026000001"], True, rules.HAS_CONTRACTS),
    (SIGNED, TERMINATED, True, [], False, None),
    (SIGNED, TERMINATED, True, ["HT2026000001"], False, "HT2026000001"),
    (SIGNED, TERMINATED, True, ["HT2026000001"], True, "HT2026000001"),
    (SIGNED, TERMINATED, True, [], True, rules.A_CONTRACT_IN_FORCE),
    (SIGNED, SIGNED, True, ["HT2026000001"], True, None),
    (LEAD, TERMINATED, True, [], True, None),
    (TERMINATED, SIGNED, True, [], True, None),
    (None, LEAD, False, [], False, None),
]


@pytest.mark.parametrize(("old", "new", "has", "seen", "hidden", "said"), CONTRACTS)
def test_contracts_hold_a_customer_in_the_signed_stage(
    old: str | None, new: str, has: bool, seen: list[str], hidden: bool, said: Any
) -> None:
    move = rules.StageMove(old=old, new=new, has_contracts=has, in_force=seen, is_hidden=hidden)
    heard = hear(rules.check_contracts_allow, move)
    if isinstance(said, str):
        assert heard is not None and said in str(heard[0])
    else:
        assert heard == (None if said is None else (said, "status"))


FINE = {"exists": True, "is_active": True, "in_reach": True, "is_new_row": False, "is_self": False, "may_reassign": True, "may_work": True}
OWNERS = [
    ({}, None),
    ({"exists": False, "is_active": False, "in_reach": False}, rules.OWNER_OUT_OF_REACH),
    ({"is_active": False}, rules.OWNER_CLOSED),
    ({"in_reach": False}, rules.OWNER_OUT_OF_REACH),
    ({"may_work": False}, rules.OWNER_CANNOT_WORK),
    ({"may_work": False, "is_active": False}, rules.OWNER_CLOSED),
    ({"in_reach": False, "is_active": False}, rules.OWNER_OUT_OF_REACH),  # who is out of reach is not told of the account
    ({"may_reassign": False}, rules.OWNER_NOT_YOURS),
    ({"may_reassign": False, "is_self": True}, rules.OWNER_NOT_YOURS),
    ({"may_reassign": False, "is_new_row": True}, rules.OWNER_NOT_YOURS),
    ({"may_reassign": False, "in_reach": False, "is_new_row": True, "is_self": True}, None),
]


@pytest.mark.parametrize(("change", "said"), OWNERS)
def test_who_may_become_the_owner(change: dict[str, bool], said: Any) -> None:
    handing = rules.OwnerChange(**FINE | change)
    assert hear(rules.check_owner, handing) == (None if said is None else (said, "owner"))
    assert is_denied(rules.check_owner, handing) == (said is rules.OWNER_NOT_YOURS)


def test_a_closed_account_enters_no_customer() -> None:
    assert hear(rules.check_own_account, is_active=True) is None
    assert hear(rules.check_own_account, is_active=False) == (rules.ACCOUNT_CLOSED, None)


@pytest.mark.parametrize(
    ("stage", "said"), [(SIGNED, None), (LEAD, rules.NOT_SIGNED_YET), (TERMINATED, rules.HAS_ENDED), (None, rules.OUT_OF_REACH)]
)
def test_only_signed_customers_are_taken(stage: str | None, said: Any) -> None:
    assert rules.why_not_signed(stage) is said
    assert hear(rules.refuse_unsigned, stage) == (None if said is None else (said, "customer"))
    assert hear(rules.refuse_unsigned, stage, field="to") == (None if said is None else (said, "to"))


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        (("王伟", "经理", "020 1", "w@a.cn", True), "王伟（经理） 020 1 w@a.cn ★"),
        (("王伟", "", "", "", False), "王伟"),
        (("Li", "", "1", "", False), "Li 1"),
    ],
)
def test_a_contact_in_one_line(parts: tuple[str, str, str, str, bool], shown: str) -> None:
    name, title, phone, mail, primary = parts
    assert rules.describe_contact(name, title, phone, mail, is_primary=primary) == shown


def test_searches_look_through_name_number_code_and_phones() -> None:
    made = rules.make_search_text("Acme Ltd", "KH000001", None, ["020-8888 1234", "020-8888 1234", ""])
    assert made == "acme ltd kh000001 020-8888 1234 02088881234"
    assert len(rules.make_search_text("x" * 5000, "", None, [])) == 2000


# -- the next step -------------------------------------------------------------------------------------------------------

DAY, LATER, EARLIER = date(2026, 4, 2), date(2026, 4, 9), date(2026, 4, 1)
CALL = rules.Step(text="Call", on=DAY, at=time(10), state=rules.OPEN, postponed=2)
DID = rules.Step(text="Call", on=DAY, at=time(10), state=rules.DONE, postponed=2)
BARE = rules.Step(on=DAY, state=rules.OPEN)  # as an upgrade leaves it: a day alone


@pytest.mark.parametrize(
    ("old", "changes", "kept"),
    [
        # none before: open, never postponed, whatever was sent as the count
        (rules.NO_STEP, {}, {}),
        (rules.NO_STEP, {"on": DAY}, {"state": "open"}),
        (rules.NO_STEP, {"text": "Call", "on": DAY, "at": time(9), "postponed": 7}, {"state": "open", "postponed": 0}),
        (rules.NO_STEP, {"on": DAY, "state": "done"}, {"state": "done"}),
        # an open one: later is postponed, earlier and another text or time are not
        (CALL, {"on": LATER}, {"postponed": 3}),
        (CALL, {"on": EARLIER}, {}),
        (CALL, {"text": "Visit"}, {}),
        (CALL, {"at": None}, {}),
        (CALL, {"postponed": 0}, {"postponed": 2}),
        (CALL, {"state": None}, {"state": "open"}),
        (CALL, {"state": "done"}, {}),
        (CALL, {"state": "done", "on": LATER}, {}),
        (CALL, {"text": "Visit", "on": LATER}, {"postponed": 0}),
        (CALL, {"text": "Visit", "on": LATER, "state": "done"}, {"postponed": 0}),
        (BARE, {"text": "Call"}, {}),
        (BARE, {"on": LATER}, {"postponed": 1}),
        # a done one: kept for reading, opened again, or followed by a new one
        (DID, {"at": time(11)}, {}),
        (DID, {"state": "open"}, {}),
        (DID, {"on": LATER}, {"state": "open", "postponed": 0}),
        (DID, {"text": "Visit"}, {"state": "open", "postponed": 0}),
        # taken away
        (CALL, {"text": "", "on": None, "at": None}, {"state": None, "postponed": 0}),
        (DID, {"text": "", "on": None, "at": None, "state": None}, {"postponed": 0}),
    ],
)
def test_a_next_step_is_settled(old: rules.Step, changes: dict[str, Any], kept: dict[str, Any]) -> None:
    asked = replace(old, **changes)
    assert rules.settle_step(old, asked) == replace(asked, **kept)


@pytest.mark.parametrize(
    "asked",
    [{"text": "Call"}, {"at": time(9)}, {"text": "Call", "at": time(9)}, {"state": "open"}, {"state": "done"}],
)
def test_a_next_step_needs_its_day(asked: dict[str, Any]) -> None:
    said = (rules.STEP_DAY_NEEDED, "next_step_on")
    assert hear(rules.settle_step, rules.NO_STEP, rules.Step(**asked)) == said
    assert hear(rules.check_step_day, rules.Step(**asked)) == (said if "state" not in asked else None)
    assert hear(rules.check_step_day, rules.Step(**asked, on=DAY)) is None


@pytest.mark.parametrize(
    ("step", "line"),
    [(rules.NO_STEP, ""), (BARE, "2026-04-02"), (CALL, "2026-04-02 10:00 Call"), (rules.Step(text="Call", on=DAY), "2026-04-02 Call")],
)
def test_a_next_step_is_told_in_one_line(step: rules.Step, line: str) -> None:
    assert rules.describe_step(step) == line


@pytest.mark.parametrize(("stage", "is_out"), [(LEAD, False), (SIGNED, False), (TERMINATED, True)])
def test_the_way_out_stands_apart_and_asks_for_its_end(stage: str, is_out: bool) -> None:
    assert rules.is_exit(stage) is is_out
    assert rules.needs_end(stage) is is_out


@pytest.mark.parametrize(("old", "new"), [*product(STAGES, STAGES)])
def test_the_bar_offers_every_stage_but_the_way_back_to_a_lead(old: str, new: str) -> None:
    assert rules.is_open_stage(old, new) is ((old, new) != (TERMINATED, LEAD))


@pytest.mark.parametrize(("step", "is_settled"), [(rules.NO_STEP, True), (CALL, False), (DID, True), (BARE, False)])
def test_a_step_is_settled_when_there_is_none_or_it_is_done(step: rules.Step, is_settled: bool) -> None:
    assert rules.is_settled(step) is is_settled
