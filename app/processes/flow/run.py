"""How a case goes on by itself: entering steps, opening tasks, counting what was said, passing what nobody can do."""

from __future__ import annotations

from dataclasses import dataclass, field

from .case import (
    BACK,
    CLOSED,
    DONE,
    DRAFT,
    DROPPED,
    ENDED,
    GONE,
    NO,
    NOT_NEEDED,
    OPEN,
    REFUSED,
    RETURNED,
    RUNNING,
    WAITING,
    YES,
    Case,
    Task,
    get,
)
from .conditions import Values, choose
from .definition import END, Flow, Nobody, OnNo, Quorum, Step
from .events import Dropped, Ended, Entered, Event, Moved, Opened, Passed, Released, Resumed, Stuck, Woke
from .seats import ACCOUNT_CLOSED, NO_HOLDER, SAME_PERSON, Seat, Seats, Staff, find_seats, find_substitute, list_approvers

NO_ROUTE = "no_route"


@dataclass
class Run:
    """One action on a case and what follows from it: the events, and the state after them."""

    flow: Flow
    case: Case
    staff: Staff
    values: Values = field(default_factory=dict)
    chosen: tuple[int, ...] = ()
    events: list[Event] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        """Let something happen."""
        self.events.append(event)
        self.case = event.apply(self.case)

    @property
    def step(self) -> Step:
        """Return the present step."""
        return self.flow.get(self.case.step)

    def open_task(self, seat: Seat, *, waits_for: tuple[int, ...] = (), is_seat: bool = True, adder: int | None = None) -> int:
        """Open a task at the present step; return its number."""
        case, number = self.case, len(self.case.tasks) + 1
        state = WAITING if waits_for else OPEN
        task = Task(
            number,
            case.step,
            case.visit,
            case.round,
            seat.person,
            seat.role,
            state,
            is_seat,
            waits_for,
            seat.person is not None,
            adder=adder,
        )
        self.emit(Opened(task))
        return number

    def drop_live(self, why: str) -> None:
        """Expect nothing more of any task."""
        for task in self.case.live:
            self.emit(Dropped(task.number, why))

    def end(self, state: str, by: int | None) -> None:
        """End the case."""
        self.drop_live(ENDED)
        self.emit(Ended(state, by))


def begin(flow: Flow, starter: int, staff: Staff) -> Run:
    """Return a new draft, its first step open for the starter."""
    run = Run(flow, Case(starter), staff)
    run.emit(Entered(flow.first.code))
    run.open_task(Seat(person=starter))
    return run


def enter(run: Run, code: str) -> None:
    """Enter a step; pass on from those that are passed by themselves; end where the flow ends."""
    for _ in range(len(run.flow.steps) + 1):
        if code == END:
            run.end(DONE, None)
            return
        run.emit(Entered(code))
        step = run.step
        seats = find_seats(run.case, step, run.staff, run.values, run.chosen)
        why = _find_reason_to_pass(run, step, seats)
        if not why:
            _open_seats(run, step, seats)
            return
        run.emit(Passed(code, why))
        route = choose(run.flow, step, run.values)
        if route is None:
            break
        code = route.target
    run.emit(Stuck(NO_ROUTE))


def _find_reason_to_pass(run: Run, step: Step, seats: Seats) -> str:
    if not seats.places:
        return seats.why if step.nobody is Nobody.SKIP else ""
    people = {seat.person for seat in seats.places}
    if step.pass_same_person and None not in people and people <= list_approvers(run.case):
        return SAME_PERSON
    return ""


def _open_seats(run: Run, step: Step, seats: Seats) -> None:
    if not seats.places:
        _open_substitute(run, step, seats.why)
        return
    before: tuple[int, ...] = ()
    for seat in seats.places:
        number = run.open_task(seat, waits_for=before)
        before = (number,) if step.quorum is Quorum.IN_TURN else ()


def _open_substitute(run: Run, step: Step, why: str) -> None:
    substitute = find_substitute(run.flow, step, run.staff)
    if substitute is None:
        run.emit(Stuck(why))
        return
    number = run.open_task(Seat(person=substitute))
    run.emit(Moved(number, substitute, None, why))


def enter_again(run: Run, code: str) -> None:
    """Enter a step the case is sent back to: whoever did it does it again, and nobody passes it."""
    before = [task for task in run.case.tasks if task.step == code and task.is_seat and task.verdict == YES]
    run.emit(Entered(code))
    step = run.step
    if step is run.flow.first:
        _open_living(run, step, Seat(person=run.case.starter))
    elif step.quorum is Quorum.ONE and before:
        _open_living(run, step, Seat(person=before[-1].actor, role=before[-1].role))
    else:
        _open_seats(run, step, find_seats(run.case, step, run.staff, run.values, run.chosen))


def _open_living(run: Run, step: Step, seat: Seat) -> None:
    if seat.person is not None and run.staff.is_living(seat.person):
        run.open_task(seat)
    else:
        _open_substitute(run, step, ACCOUNT_CLOSED)


def count_needed(step: Step, seats: int) -> int:
    """Return how many seats must say yes."""
    if step.quorum in (Quorum.ONE, Quorum.ANY):
        return 1
    return min(step.needed, seats) if step.quorum is Quorum.SOME else seats


def settle(run: Run, by: int | None) -> None:
    """Go on once the present step has heard enough; wake what waited for what is done."""
    case, step = run.case, run.step
    tasks = case.of_visit(case.visit)
    seats = [task for task in tasks if task.is_seat and (task.is_live or (task.state == CLOSED and task.verdict in (YES, NO)))]
    yes, no = (sum(task.verdict == said for task in seats) for said in (YES, NO))
    undecided = sum(task.is_live for task in seats)
    needed = count_needed(step, len(seats))
    extras = [task for task in tasks if not task.is_seat]
    refused = no or any(task.verdict == NO for task in extras) if step.on_no is OnNo.ENDS else no and yes + undecided < needed
    if refused:
        run.end(REFUSED, by)
    elif yes >= needed and yes and not any(task.is_live for task in extras):
        run.drop_live(NOT_NEEDED)
        leave(run)
    else:
        _wake(run)


def _wake(run: Run) -> None:
    for task in run.case.live:
        if task.state == WAITING and not any(get(run.case, number).is_live for number in task.waits_for):
            run.emit(Woke(task.number))


def leave(run: Run) -> None:
    """Go on from a step that was approved: straight back to what had returned the case, else where its routes lead."""
    if run.case.resume:
        _resume(run)
        return
    route = choose(run.flow, run.step, run.values)
    if route is None:
        run.emit(Stuck(NO_ROUTE))
    else:
        enter(run, route.target)


def _resume(run: Run) -> None:
    """Ask those again who had sent back or had not been heard; what was signed stays signed."""
    visit = run.case.resume[0]
    run.emit(Resumed(visit))
    numbers: dict[int, int] = {}
    for task in run.case.of_visit(visit):
        if task.verdict != BACK and task.dropped != RETURNED:
            continue
        waits_for = tuple(numbers[number] for number in task.waits_for if number in numbers)
        seat = Seat(person=task.person if task.person is None else task.lender or task.person, role=task.role)
        numbers[task.number] = run.open_task(seat, waits_for=waits_for, is_seat=task.is_seat, adder=task.adder)
    replace_the_gone(run)


def replace_the_gone(run: Run) -> None:
    """Leave no task with a closed account, or with a role that nobody has: to its substitute, else passed by itself."""
    if run.case.state not in (RUNNING, DRAFT):
        return
    for task in run.case.live:
        why = _find_gone(run.staff, task)
        if why and get(run.case, task.number).is_live:
            _replace(run, task, why)


def _find_gone(staff: Staff, task: Task) -> str:
    if task.person is not None:
        return "" if staff.is_living(task.person) else ACCOUNT_CLOSED
    return "" if task.role is not None and staff.holders_of(task.role) else NO_HOLDER


def _replace(run: Run, task: Task, why: str) -> None:
    step = run.flow.get(task.step)
    if task.lender is not None and run.staff.is_living(task.lender):
        run.emit(Moved(task.number, task.lender, None, why))
    elif task.role is not None and run.staff.holders_of(task.role) and step.quorum in (Quorum.ONE, Quorum.EACH_ROLE):
        run.emit(Released(task.number, None))
    elif step.nobody is Nobody.SKIP and step is not run.flow.first:
        _drop_seat(run, task, why)
    elif (substitute := find_substitute(run.flow, step, run.staff)) is not None:
        run.emit(Moved(task.number, substitute, None, why))
    else:
        run.emit(Stuck(why))


def _drop_seat(run: Run, task: Task, why: str) -> None:
    """Let a seat go; where it was the last, the step is passed, but never by a “no” alone."""
    run.emit(Dropped(task.number, GONE))
    rest = [one for one in run.case.of_visit(run.case.visit) if one.is_seat and one.state != DROPPED and one.verdict != BACK]
    if rest:
        settle(run, None)
        return
    run.drop_live(NOT_NEEDED)
    run.emit(Passed(task.step, why))
    leave(run)
