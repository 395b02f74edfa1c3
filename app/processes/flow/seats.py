"""Who is to do a step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from .case import CLOSED, YES, Case
from .conditions import Values
from .definition import Flow, Nobody, Quorum, Step, Who

NO_HOLDER, NO_MANAGER, NOT_NAMED, ACCOUNT_CLOSED, ONLY_STARTER = "no_holder", "no_manager", "not_named", "account_closed", "only_starter"
SAME_PERSON = "same_person"


class Staff(Protocol):
    """What the engine asks about people."""

    def holders_of(self, role: int) -> tuple[int, ...]:
        """Return the living holders of a role, in a fixed order."""

    def manager_of(self, person: int) -> int | None:
        """Return the manager of the person's department."""

    def manager_above(self, person: int) -> int | None:
        """Return the manager of the department above the person's."""

    def is_living(self, person: int) -> bool:
        """Tell whether the account is open."""


@dataclass(frozen=True)
class Seat:
    """A place at a step: a person's, or that of a role's pool."""

    person: int | None = None
    role: int | None = None


@dataclass(frozen=True)
class Seats:
    """The places at a step, or why there are none."""

    places: tuple[Seat, ...] = ()
    why: str = ""


def _seat_people(people: Iterable[int | None], staff: Staff, missing: str) -> Seats:
    named = [person for person in dict.fromkeys(people) if person is not None]
    if not named:
        return Seats(why=missing)
    living = tuple(Seat(person=person) for person in named if staff.is_living(person))
    return Seats(living, "" if living else ACCOUNT_CLOSED)


def _seat_roles(case: Case, step: Step, staff: Staff) -> Seats:
    barred = {case.starter} if not step.starter_may_approve else set()
    holders = {role: tuple(one for one in staff.holders_of(role) if one not in barred) for role in step.roles}
    if step.quorum is Quorum.EACH_ROLE:
        if not holders or not all(holders.values()):
            return Seats(why=NO_HOLDER)
        return Seats(tuple(Seat(role=role) for role in step.roles))
    everybody = tuple(dict.fromkeys(one for people in holders.values() for one in people))
    if not everybody:
        return Seats(why=NO_HOLDER if not any(staff.holders_of(role) for role in step.roles) else ONLY_STARTER)
    if step.quorum is Quorum.ONE:
        return Seats((Seat(role=step.roles[0]),)) if len(step.roles) == 1 else Seats(tuple(Seat(person=one) for one in everybody))
    return Seats(tuple(Seat(person=one, role=_role_of(one, holders)) for one in everybody))


def _role_of(person: int, holders: dict[int, tuple[int, ...]]) -> int:
    return next(role for role, people in holders.items() if person in people)


def _listed(value: object) -> tuple[int, ...]:
    """Return the people that a field holds: one, or several."""
    return tuple(value) if isinstance(value, list | tuple) else (value,) if isinstance(value, int) else ()


def _find(case: Case, step: Step, staff: Staff, values: Values, chosen: tuple[int, ...]) -> Seats:
    match step.who:
        case Who.STARTER:
            return _seat_people([case.starter], staff, ACCOUNT_CLOSED)
        case Who.ROLE:
            return _seat_roles(case, step, staff)
        case Who.PERSON_FIELD:
            return _seat_people(_listed(values.get(step.person_field)), staff, NOT_NAMED)
        case Who.MANAGER:
            return _seat_people([staff.manager_of(case.starter)], staff, NO_MANAGER)
        case Who.MANAGER_ABOVE:
            return _seat_people([staff.manager_above(case.starter)], staff, NO_MANAGER)
        case Who.CHOSEN:
            return _seat_people(chosen, staff, NOT_NAMED)


def find_seats(case: Case, step: Step, staff: Staff, values: Values, chosen: tuple[int, ...] = ()) -> Seats:
    """Return the places at a step for a case that enters it, or why there are none."""
    found = _find(case, step, staff, values, chosen)
    if step.starter_may_approve or step.who is Who.STARTER:
        return found
    others = tuple(seat for seat in found.places if seat.person != case.starter)
    return Seats(others, found.why or ("" if others else ONLY_STARTER))


def find_substitute(flow: Flow, step: Step, staff: Staff) -> int | None:
    """Return who does a step that finds nobody, where it is not passed: its stand-in, else the process owner; None: nobody at all."""
    wanted = [step.stand_in] if step.nobody is Nobody.STAND_IN else []
    return next((one for one in [*wanted, flow.owner] if one is not None and staff.is_living(one)), None)


def list_approvers(case: Case) -> set[int]:
    """Return who said yes since all began anew."""
    return {task.actor for task in case.tasks if task.state == CLOSED and task.verdict == YES and task.round >= case.since and task.actor}
