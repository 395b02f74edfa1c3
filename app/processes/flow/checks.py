"""What is wrong with a designed flow, each fault with its step and in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from ...core.base.i18n import Words
from .conditions import is_sound, kind_of
from .definition import END, Flow, Kind, Nobody, Quorum, Right, Step, Who
from .seats import Staff

NO_STEPS = _l("The flow has no steps.")
FIRST_BY_STARTER = _l("The first step must be the starter's: they fill in the form and send it.")
NO_ROLE = _l("No role is chosen.")
NO_HOLDER = _l("Nobody with an open account has this role.")
NO_PERSON_FIELD = _l("The field that names the person is not in the form.")
NO_STAND_IN = _l("The stand-in is missing, or their account is closed.")
UNREACHABLE = _l("No way leads to this step.")
NO_WAY_OUT = _l("No way leads from this step to the end.")
NO_OTHERWISE = _l("“Otherwise” is missing: when no condition holds, the case would stop here.")
AFTER_OTHERWISE = _l("What comes after “otherwise” is never reached.")
UNKNOWN_TARGET = _l("A way leads to a step that is not there.")
UNKNOWN_FIELD = _l("A condition asks about a field that is not in the form.")
BAD_CONDITION = _l("A condition cannot be answered: look at its operator and value.")
ONE_SIGNER = _l("A sign-off needs at least two people.")
TOO_MANY = _l("More people are needed than there are.")
NO_NUMBER = _l("Say how many people are needed.")
NOBODY_WRITES = _l("No step may write this field.")
TWO_OF_A_CODE = _l("This code is there twice.")

SIGN_OFFS = (Quorum.ALL, Quorum.SOME, Quorum.IN_TURN, Quorum.EACH_ROLE)
WRITES = (Right.WRITE, Right.REQUIRED)


@dataclass(frozen=True)
class Fault:
    """One fault: where, and the sentence. `step` or `field` is the code of what it is about."""

    words: Words
    step: str = ""
    field: str = ""


def list_targets(flow: Flow, step: Step) -> list[str]:
    """Return where a step may lead to."""
    return [route.target for route in flow.list_routes(step)]


def reach_from(flow: Flow, code: str) -> set[str]:
    """Return the codes of the steps to which ways lead from a step, itself included; the end among them where it is reached."""
    seen: set[str] = set()
    waiting = [code]
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        step = flow.find(here)
        waiting += list_targets(flow, step) if step is not None else []
    return seen


def list_faults(flow: Flow, staff: Staff) -> list[Fault]:
    """Return every fault, in the order of the steps; an empty list: the flow may be published."""
    if not flow.steps:
        return [Fault(NO_STEPS)]
    faults = [*_check_codes(flow)]
    if flow.first.who is not Who.STARTER or flow.first.quorum is not Quorum.ONE:
        faults.append(Fault(FIRST_BY_STARTER, flow.first.code))
    reached = reach_from(flow, flow.first.code)
    for step in flow.steps:
        faults += _check_people(flow, step, staff)
        faults += _check_routes(flow, step)
        if step.code not in reached:
            faults.append(Fault(UNREACHABLE, step.code))
        if END not in reach_from(flow, step.code):
            faults.append(Fault(NO_WAY_OUT, step.code))
    return [*faults, *_check_fields(flow)]


def _check_codes(flow: Flow) -> Iterator[Fault]:
    steps, fields = [step.code for step in flow.steps], [field.code for field in flow.fields]
    yield from (Fault(TWO_OF_A_CODE, step=code) for code in dict.fromkeys(steps) if steps.count(code) > 1)
    yield from (Fault(TWO_OF_A_CODE, field=code) for code in dict.fromkeys(fields) if fields.count(code) > 1)


def _check_people(flow: Flow, step: Step, staff: Staff) -> Iterator[Fault]:
    people: int | None = None  # how many there are, where that is known before a case runs
    if step.who is Who.ROLE:
        holders = [staff.holders_of(role) for role in step.roles]
        if not step.roles:
            yield Fault(NO_ROLE, step.code)
        elif not all(holders):
            yield Fault(NO_HOLDER, step.code)
        people = len(step.roles) if step.quorum is Quorum.EACH_ROLE else len({one for found in holders for one in found})
    elif step.who is Who.PERSON_FIELD:
        if kind_of(flow, step.person_field) is not Kind.PERSON:
            yield Fault(NO_PERSON_FIELD, step.code)
    elif step.who is not Who.CHOSEN:
        people = 1
    if step.quorum in SIGN_OFFS and people == 1:
        yield Fault(ONE_SIGNER, step.code)
    if step.quorum is Quorum.EACH_ROLE and step.who is not Who.ROLE:
        yield Fault(NO_ROLE, step.code)
    if step.quorum is Quorum.SOME and step.needed < 1:
        yield Fault(NO_NUMBER, step.code)
    elif step.quorum is Quorum.SOME and people is not None and step.needed > people:
        yield Fault(TOO_MANY, step.code)
    if step.nobody is Nobody.STAND_IN and (step.stand_in is None or not staff.is_living(step.stand_in)):
        yield Fault(NO_STAND_IN, step.code)


def _check_routes(flow: Flow, step: Step) -> Iterator[Fault]:
    routes = flow.list_routes(step)
    if routes[-1].conditions:
        yield Fault(NO_OTHERWISE, step.code)
    if any(not route.conditions for route in routes[:-1]):
        yield Fault(AFTER_OTHERWISE, step.code)
    for route in routes:
        if route.target != END and flow.find(route.target) is None:
            yield Fault(UNKNOWN_TARGET, step.code)
        for condition in route.conditions:
            if kind_of(flow, condition.field) is None:
                yield Fault(UNKNOWN_FIELD, step.code)
            elif not is_sound(flow, condition):
                yield Fault(BAD_CONDITION, step.code)


def _check_fields(flow: Flow) -> Iterator[Fault]:
    for field in flow.fields:
        if not any(step.right_on(field.code) in WRITES for step in flow.steps):
            yield Fault(NOBODY_WRITES, field=field.code)
