"""Random flows, random moves, legal and not: what must always hold of a case, and that its log tells its state."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.core.base.errors import RuleViolation
from app.processes.flow import moves, passing
from app.processes.flow.actors import Actor
from app.processes.flow.case import CLOSED, DONE, DRAFT, NO, RUNNING, YES
from app.processes.flow.checks import list_faults
from app.processes.flow.definition import (
    END,
    Condition,
    Field,
    Flow,
    Kind,
    MayReturn,
    Nobody,
    OnNo,
    Quorum,
    Resume,
    Right,
    Route,
    Step,
    Who,
)
from app.processes.flow.passing import Place
from app.processes.flow.run import Run, replace_the_gone

from .acting import BOSS, CHIEF, CLERK, FINANCE, LAW, OPS, OTHER, OWNER, RACKER, SELLER, Company, Play

PEOPLE = (SELLER, BOSS, CHIEF, RACKER, OTHER, OWNER, CLERK)
CODES = ("submit", "b", "c", "d", "e")
CONDITION = st.builds(Condition, st.just("amount"), st.sampled_from(("gt", "le", "empty")), st.sampled_from(("10", "20")))


@st.composite
def make_step(draw: st.DrawFn, code: str, codes: tuple[str, ...]) -> Step:
    """Return a step that people other than the starter do."""
    who = draw(st.sampled_from((Who.ROLE, Who.ROLE, Who.MANAGER, Who.MANAGER_ABOVE, Who.CHOSEN, Who.STARTER)))
    several = who in (Who.ROLE, Who.CHOSEN)
    targets = st.sampled_from((*codes, END))
    ways = draw(st.lists(st.builds(Route, targets, st.tuples(CONDITION)), max_size=2))
    return Step(
        code, who, draw(st.sampled_from(((OPS,), (OPS, FINANCE), (OPS, FINANCE, LAW)))) if who is Who.ROLE else (),
        quorum=draw(st.sampled_from([one for one in Quorum if who is Who.ROLE or one is not Quorum.EACH_ROLE])) if several else Quorum.ONE,
        needed=draw(st.integers(1, 2)), on_no=draw(st.sampled_from(OnNo)), may_return=draw(st.sampled_from(MayReturn)),
        resume=draw(st.sampled_from(Resume)), starter_may_approve=draw(st.booleans()), pass_same_person=draw(st.booleans()),
        nobody=draw(st.sampled_from(Nobody)), stand_in=CLERK, rights={"amount": Right.WRITE},
        routes=(*ways, Route(draw(targets))) if draw(st.booleans()) else (),
    )  # fmt: skip


@st.composite
def make_flow(draw: st.DrawFn) -> Flow:
    """Return a flow in which the check finds no fault."""
    codes = CODES[: draw(st.integers(2, len(CODES)))]
    steps = (Step("submit", rights={"amount": Right.WRITE}), *(draw(make_step(code, codes)) for code in codes[1:]))
    flow = Flow(OWNER, steps, (Field("amount", Kind.NUMBER),))
    assume(not list_faults(flow, Company()))
    return flow


class Cases(RuleBasedStateMachine):
    """One case, played by everybody at once."""

    play: Play

    @initialize(flow=make_flow(), amount=st.sampled_from((None, 5, 15, 25)))
    def begin(self, flow: Flow, amount: int | None) -> None:
        self.play = Play(flow, values={"amount": amount})
        self.play.chosen = (BOSS, CLERK)
        self.signed: dict[int, tuple[str | None, int | None]] = {}

    def attempt(self, move: Any, actor: Actor, *args: object) -> bool:
        """Make a move; a refused one changes nothing."""
        before = self.play.case
        run = Run(self.play.flow, before, self.play.company, self.play.values, self.play.chosen)
        try:
            move(run, actor, *args)
        except RuleViolation:
            assert run.case == before
            assert run.events == []
            return False
        self.play.take(run)
        return True

    def pick(self, data: st.DataObject, person: int) -> int:
        """Return the number of a task: mostly one that is live and the person's, sometimes any, sometimes none that is there."""
        live = [task.number for task in self.play.case.live if task.person in (person, None)]
        every = [task.number for task in self.play.case.tasks]
        return data.draw(st.sampled_from([*live, *live, *live, *every, 99]))

    @rule(data=st.data(), who=st.sampled_from(PEOPLE))
    def decide(self, data: st.DataObject, who: int) -> None:
        actor = self.play.company.actor(who)
        number = self.pick(data, who)
        task = self.play.case.find(number)
        done = self.attempt(data.draw(st.sampled_from((moves.approve, moves.approve, moves.approve, moves.refuse))), actor, number)
        if done:
            assert task is not None
            assert task.state == "open"
            assert task.person == who, "out of turn"

    @rule(data=st.data(), who=st.sampled_from(PEOPLE))
    def decide_next(self, data: st.DataObject, who: int) -> None:
        """Let somebody go on whose turn it is."""
        del who
        if not self.play.case.open:
            return
        task = data.draw(st.sampled_from(self.play.case.open))
        if task.person is None:
            holders = self.play.company.holders_of(task.role or 0)
            person = data.draw(st.sampled_from(holders))
            if not self.attempt(moves.claim, self.play.company.actor(person), task.number):
                return
        else:
            person = task.person
        self.attempt(moves.approve, self.play.company.actor(person), task.number)

    @rule(data=st.data(), who=st.sampled_from(PEOPLE), move=st.sampled_from((moves.claim, moves.release, passing.remove_signer)))
    def hold(self, data: st.DataObject, who: int, move: Any) -> None:
        self.attempt(move, self.play.company.actor(who), self.pick(data, who))

    @rule(data=st.data(), who=st.sampled_from(PEOPLE), to=st.sampled_from(CODES))
    def send_back(self, data: st.DataObject, who: int, to: str) -> None:
        self.attempt(moves.send_back, self.play.company.actor(who), self.pick(data, who), to)

    @rule(data=st.data(), who=st.sampled_from(PEOPLE), to=st.sampled_from(PEOPLE))
    def pass_on(self, data: st.DataObject, who: int, to: int) -> None:
        move = data.draw(st.sampled_from((passing.transfer, passing.lend, passing.give)))
        self.attempt(move, self.play.company.actor(who, owns_process=who == OWNER), self.pick(data, who), to)

    @rule(data=st.data(), who=st.sampled_from(PEOPLE), to=st.sampled_from(PEOPLE), place=st.sampled_from(Place))
    def add(self, data: st.DataObject, who: int, to: int, place: Place) -> None:
        self.attempt(passing.add_signer, self.play.company.actor(who), self.pick(data, who), to, place)

    @rule(who=st.sampled_from(PEOPLE))
    def take_back(self, who: int) -> None:
        if self.attempt(moves.take_back, self.play.company.actor(who), tuple(self.play.log)):
            self.signed = {number: said for number, said in self.signed.items() if said[1] != who}

    @rule(who=st.sampled_from(PEOPLE))
    def withdraw(self, who: int) -> None:
        self.attempt(moves.withdraw, self.play.company.actor(who))

    @rule(data=st.data(), who=st.sampled_from(PEOPLE), absent=st.sampled_from(PEOPLE))
    def stand_in(self, data: st.DataObject, who: int, absent: int) -> None:
        actor = self.play.company.actor(who, stands_for=frozenset({absent}))
        self.attempt(moves.approve, actor, self.pick(data, absent))

    @rule(who=st.sampled_from(PEOPLE))
    def close_or_open_an_account(self, who: int) -> None:
        self.play.company.closed ^= {who}
        run = Run(self.play.flow, self.play.case, self.play.company, self.play.values, self.play.chosen)
        replace_the_gone(run)
        self.play.take(run)

    @invariant()
    def a_running_case_has_an_open_task_of_a_living_account_or_says_why_not(self) -> None:
        case = self.play.case
        if case.state not in (RUNNING, DRAFT):
            assert not case.live, "a case that ended expects something"
            return
        living = [one for one in case.open if one.person is None or self.play.company.is_living(one.person)]
        assert living or case.stuck, case
        assert all(task.step == case.step and task.visit == case.visit for task in case.live)

    @invariant()
    def nothing_signed_is_lost(self) -> None:
        for number, said in self.signed.items():
            task = self.play.case.find(number)
            assert task is not None
            assert (task.verdict, task.actor) == said
        self.signed |= {task.number: (task.verdict, task.actor) for task in self.play.case.tasks if task.state == CLOSED}

    @invariant()
    def a_done_case_was_approved_where_it_went(self) -> None:
        case = self.play.case
        if case.state == DONE:
            last = [task for task in case.of_visit(case.visit) if task.verdict in (YES, NO)]
            assert any(task.verdict == YES for task in last) or not last


TestCases = Cases.TestCase
TestCases.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
TestCases = pytest.mark.one_database(TestCases)
