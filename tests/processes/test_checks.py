"""Every fault of a flow is named with its step; a flow without one has an empty list."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.processes.flow import checks
from app.processes.flow.checks import list_faults
from app.processes.flow.definition import END, Condition, Field, Flow, Kind, Nobody, Quorum, Right, Route, Step, Who

from .acting import FINANCE, NOBODYS, OPS, OWNER, RACKER, Company

pytestmark = pytest.mark.one_database

SUBMIT = Step("submit", rights={"amount": Right.REQUIRED})
APPROVE = Step("approve", Who.MANAGER)
GOOD = Flow(OWNER, (SUBMIT, APPROVE, Step("rack", Who.ROLE, (OPS,))), (Field("amount", Kind.MONEY),))
OVER = Condition("amount", "gt", "100000")


def with_step(step: Step) -> Flow:
    return replace(GOOD, steps=(SUBMIT, APPROVE, step))


def ways(*routes: Route) -> Step:
    return Step("rack", Who.ROLE, (OPS,), routes=routes)


FAULTS = [
    (Flow(OWNER, ()), [(checks.NO_STEPS, "", "")]),
    (replace(GOOD, steps=(APPROVE, SUBMIT)), [(checks.FIRST_BY_STARTER, "approve", "")]),
    (with_step(Step("rack", Who.ROLE)), [(checks.NO_ROLE, "rack", "")]),
    (with_step(Step("rack", Who.ROLE, (NOBODYS,))), [(checks.NO_HOLDER, "rack", "")]),
    (with_step(Step("rack", Who.PERSON_FIELD, person_field="nobody")), [(checks.NO_PERSON_FIELD, "rack", "")]),
    (with_step(Step("rack", Who.PERSON_FIELD, person_field="amount")), [(checks.NO_PERSON_FIELD, "rack", "")]),
    (with_step(Step("rack", Who.ROLE, (FINANCE,), quorum=Quorum.ALL)), [(checks.ONE_SIGNER, "rack", "")]),
    (with_step(Step("rack", Who.MANAGER, quorum=Quorum.IN_TURN)), [(checks.ONE_SIGNER, "rack", "")]),
    (with_step(Step("rack", Who.CHOSEN, quorum=Quorum.EACH_ROLE)), [(checks.NO_ROLE, "rack", "")]),
    (with_step(Step("rack", Who.ROLE, (OPS,), quorum=Quorum.SOME, needed=3)), [(checks.TOO_MANY, "rack", "")]),
    (with_step(Step("rack", Who.ROLE, (OPS,), quorum=Quorum.SOME)), [(checks.NO_NUMBER, "rack", "")]),
    (with_step(Step("rack", Who.ROLE, (OPS,), nobody=Nobody.STAND_IN)), [(checks.NO_STAND_IN, "rack", "")]),
    (with_step(ways(Route(END, (OVER,)))), [(checks.NO_OTHERWISE, "rack", "")]),
    (with_step(ways(Route(END), Route("approve", (OVER,)))), [(checks.NO_OTHERWISE, "rack", ""), (checks.AFTER_OTHERWISE, "rack", "")]),
    (with_step(ways(Route("nowhere", (OVER,)), Route(END))), [(checks.UNKNOWN_TARGET, "rack", "")]),
    (with_step(ways(Route("submit", (Condition("no", "gt", "1"),)), Route(END))), [(checks.UNKNOWN_FIELD, "rack", "")]),
    (with_step(ways(Route("submit", (replace(OVER, operator="contains"),)), Route(END))), [(checks.BAD_CONDITION, "rack", "")]),
    (with_step(ways(Route("submit", (replace(OVER, value="many"),)), Route(END))), [(checks.BAD_CONDITION, "rack", "")]),
    (with_step(ways(Route("approve"))), [(checks.NO_WAY_OUT, code, "") for code in ("submit", "approve", "rack")]),
    (replace(GOOD, steps=(SUBMIT, Step("approve", routes=(Route(END),)), GOOD.steps[2])), [(checks.UNREACHABLE, "rack", "")]),
    (with_step(Step("approve", Who.ROLE, (OPS,), routes=(Route(END),))), [(checks.TWO_OF_A_CODE, "approve", "")]),
    (replace(GOOD, fields=(*GOOD.fields, Field("note", Kind.TEXT))), [(checks.NOBODY_WRITES, "", "note")]),
]


@pytest.mark.parametrize(("flow", "expected"), FAULTS, ids=[str(faults[0][0])[:40] for _flow, faults in FAULTS])
def test_a_fault_is_named_with_its_place(flow: Flow, expected: list[tuple[object, str, str]]) -> None:
    found = [(fault.words, fault.step, fault.field) for fault in list_faults(flow, Company())]
    assert [entry for entry in found if entry in expected] == expected
    assert len(found) == len(expected) or expected[0][0] in (checks.TWO_OF_A_CODE,)


def test_a_sound_flow_has_no_fault() -> None:
    assert list_faults(GOOD, Company()) == []


def test_a_role_whose_last_holder_left_is_found() -> None:
    company = Company()
    company.roles[OPS] = (RACKER,)
    company.closed.add(RACKER)
    assert [fault.words for fault in list_faults(GOOD, company)] == [checks.NO_HOLDER]
