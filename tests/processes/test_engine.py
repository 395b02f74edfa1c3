"""What happens in a case, move by move."""

from __future__ import annotations

from itertools import permutations

import pytest

from app.core.base.errors import RuleViolation
from app.processes.flow import moves, passing, refusals
from app.processes.flow.case import CANCELLED, DONE, DRAFT, REFUSED, RUNNING
from app.processes.flow.definition import END, Condition, Field, Flow, Kind, MayReturn, Nobody, OnNo, Quorum, Resume, Route, Step, Who
from app.processes.flow.events import Passed
from app.processes.flow.passing import Place
from app.processes.flow.run import Run, replace_the_gone

from .acting import BOSS, CHIEF, CLERK, FINANCE, LAW, NOBODYS, OPS, OTHER, OWNER, RACKER, SELLER, Company, Play, sign_off, stands

pytestmark = pytest.mark.one_database

SUBMIT = Step("submit")
APPROVE = Step("approve", Who.MANAGER, may_return=MayReturn.START)
RACK = Step("rack", Who.ROLE, (OPS,), may_return=MayReturn.ANY)
CONFIRM = Step("confirm", may_return=MayReturn.PREVIOUS)
LISTING = Flow(OWNER, (SUBMIT, APPROVE, RACK, CONFIRM))


def play_to_rack() -> Play:
    play = Play(LISTING)
    play.send()
    play.say(moves.approve, BOSS)
    return play


def refused(play: Play, move: object, person: int, *args: object, **kwargs: object) -> str:
    before = play.case
    with pytest.raises(RuleViolation) as caught:
        play.do(move, person, *args, **kwargs)  # type: ignore[arg-type]
    assert play.case == before
    return str(caught.value)


def test_the_listing_runs_through() -> None:
    play = Play(LISTING)
    assert stands(play.case) == (DRAFT, "submit")
    play.send()
    assert stands(play.case) == (RUNNING, "approve")
    play.say(moves.approve, BOSS)
    task = play.pool_task()
    assert refused(play, moves.approve, RACKER, task.number) == refusals.NOT_YOURS
    play.do(moves.claim, RACKER, task.number)
    assert refused(play, moves.claim, OTHER, task.number) == refusals.IS_CLAIMED
    assert refused(play, moves.approve, OTHER, task.number) == refusals.IS_CLAIMED
    play.say(moves.approve, RACKER)
    assert stands(play.case) == (RUNNING, "confirm")
    play.say(moves.approve, SELLER)
    assert stands(play.case) == (DONE, "confirm")
    assert not play.case.live
    assert refused(play, moves.approve, SELLER, play.case.tasks[-1].number) == refusals.NOT_RUNNING


def test_a_claimed_task_goes_back_to_its_pool() -> None:
    play = play_to_rack()
    number = play.pool_task().number
    assert refused(play, moves.claim, BOSS, number) == refusals.NOT_YOURS
    play.do(moves.claim, RACKER, number)
    play.do(moves.release, RACKER, number)
    play.do(moves.claim, OTHER, number)
    assert play.task_of(OTHER).number == number


@pytest.mark.parametrize(
    ("may", "targets"),
    [(MayReturn.NEVER, []), (MayReturn.PREVIOUS, ["approve"]), (MayReturn.START, ["submit"]), (MayReturn.ANY, ["approve", "submit"])],
)
def test_a_step_sends_back_only_to_where_it_may(may: MayReturn, targets: list[str]) -> None:
    flow = Flow(OWNER, (SUBMIT, APPROVE, Step("rack", Who.ROLE, (OPS,), may_return=may), CONFIRM))
    play = Play(flow)
    play.send()
    play.say(moves.approve, BOSS)
    play.do(moves.claim, RACKER, play.pool_task().number)
    assert moves.list_targets(flow, play.case) == targets
    for code in ("submit", "approve", "rack", "confirm", "nowhere", END):
        if code not in targets:
            assert refused(play, moves.send_back, RACKER, play.task_of(RACKER).number, code) == refusals.NO_RETURN


@pytest.mark.parametrize("resume", list(Resume))
def test_a_corrected_case_goes_straight_back_or_through_all_steps_again(resume: Resume) -> None:
    rack = Step("rack", Who.ROLE, (OPS,), may_return=MayReturn.ANY, resume=resume)
    play = Play(Flow(OWNER, (SUBMIT, APPROVE, rack, CONFIRM)))
    play.send()
    play.say(moves.approve, BOSS)
    play.do(moves.claim, RACKER, play.pool_task().number)
    play.say(moves.send_back, RACKER, "submit")
    assert stands(play.case) == (RUNNING, "submit")
    play.send()
    if resume is Resume.AGAIN:
        assert play.case.step == "approve"
        play.say(moves.approve, BOSS)
        assert play.pool_task().step == "rack"
    else:
        assert play.task_of(RACKER).step == "rack"  # to the one who had returned it


@pytest.mark.parametrize("resume", list(Resume))
@pytest.mark.parametrize("order", list(permutations((RACKER, CLERK, CHIEF))))
def test_three_roles_sign_with_one_return_and_a_second_round(order: tuple[int, int, int], resume: Resume) -> None:
    """The first signs, the second sends back, the starter corrects; then all whose word is missing sign, in any order."""
    roles = {RACKER: OPS, CLERK: FINANCE, CHIEF: LAW}
    play = Play(Flow(OWNER, (SUBMIT, sign_off(may_return=MayReturn.START, resume=resume), CONFIRM)))
    play.send()

    def take(person: int) -> int:
        task = next(task for task in play.case.open if task.role == roles[person])
        if task.person is None:
            play.do(moves.claim, person, task.number)
        return task.number

    play.do(moves.approve, order[0], take(order[0]))
    play.do(moves.send_back, order[1], take(order[1]), "submit")
    assert [task.person for task in play.case.live] == [SELLER]
    play.send()
    waiting = {task.role for task in play.case.open}
    assert waiting == ({roles[one] for one in order[1:]} if resume is Resume.STRAIGHT else set(roles.values()))
    for person in order[::-1]:
        if roles[person] in waiting:
            assert play.case.step == "sign"
            play.do(moves.approve, person, take(person))
    assert stands(play.case) == (RUNNING, "confirm")
    play.say(moves.approve, SELLER)
    assert play.case.state == DONE


def people_step(quorum: Quorum, needed: int = 0, on_no: OnNo = OnNo.ENDS) -> Flow:
    return Flow(OWNER, (SUBMIT, Step("vote", Who.CHOSEN, quorum=quorum, needed=needed, on_no=on_no), CONFIRM))


YES, NO = moves.approve, moves.refuse


@pytest.mark.parametrize(
    ("quorum", "needed", "on_no", "votes", "end"),
    [
        (Quorum.ALL, 0, OnNo.ENDS, [YES, YES, YES], "confirm"),
        (Quorum.ALL, 0, OnNo.ENDS, [YES, NO], REFUSED),
        (Quorum.ALL, 0, OnNo.COUNTS, [YES, NO], REFUSED),
        (Quorum.ANY, 0, OnNo.ENDS, [YES], "confirm"),
        (Quorum.ANY, 0, OnNo.ENDS, [NO], REFUSED),
        (Quorum.ANY, 0, OnNo.COUNTS, [NO, NO, YES], "confirm"),
        (Quorum.ANY, 0, OnNo.COUNTS, [NO, NO, NO], REFUSED),
        (Quorum.SOME, 2, OnNo.ENDS, [YES, YES], "confirm"),
        (Quorum.SOME, 2, OnNo.ENDS, [YES, NO], REFUSED),
        (Quorum.SOME, 2, OnNo.COUNTS, [NO, YES, YES], "confirm"),
        (Quorum.SOME, 2, OnNo.COUNTS, [YES, NO, YES], "confirm"),
        (Quorum.SOME, 2, OnNo.COUNTS, [NO, NO], REFUSED),
        (Quorum.SOME, 3, OnNo.COUNTS, [NO], REFUSED),
        (Quorum.ONE, 0, OnNo.ENDS, [YES], "confirm"),
        (Quorum.IN_TURN, 0, OnNo.ENDS, [YES, YES, YES], "confirm"),
        (Quorum.IN_TURN, 0, OnNo.ENDS, [YES, NO], REFUSED),
    ],
)
def test_a_step_hears_as_many_as_it_needs(quorum: Quorum, needed: int, on_no: OnNo, votes: list[object], end: str) -> None:
    play = Play(people_step(quorum, needed, on_no))
    play.chosen = (BOSS, CHIEF, CLERK)
    play.send()
    for place, vote in enumerate(votes):
        assert stands(play.case) == (RUNNING, "vote")
        play.say(vote, (BOSS, CHIEF, CLERK)[place])  # type: ignore[arg-type]
    assert end in stands(play.case)
    assert not [task for task in play.case.live if task.step == "vote"]


def test_signers_in_turn_wait_for_each_other() -> None:
    play = Play(people_step(Quorum.IN_TURN))
    play.chosen = (BOSS, CHIEF, CLERK)
    play.send()
    assert [task.person for task in play.case.open] == [BOSS]
    assert refused(play, moves.approve, CHIEF, 3) == refusals.NOT_OPEN
    play.say(moves.approve, BOSS)
    assert [task.person for task in play.case.open] == [CHIEF]


def test_a_transferred_task_is_no_longer_mine_and_a_delegated_one_comes_back() -> None:
    play = Play(LISTING)
    play.send()
    number = play.task_of(BOSS).number
    play.do(passing.lend, BOSS, number, CLERK)
    assert refused(play, moves.approve, BOSS, number) == refusals.NOT_YOURS
    assert refused(play, moves.refuse, CLERK, number) == refusals.IS_LENT
    play.do(moves.approve, CLERK, number)
    assert play.task_of(BOSS).number == number
    play.do(passing.transfer, BOSS, number, CHIEF)
    assert refused(play, moves.approve, BOSS, number) == refusals.NOT_YOURS
    play.do(moves.approve, CHIEF, number)
    assert play.case.step == "rack"


@pytest.mark.parametrize("place", list(Place))
def test_an_added_signer_is_heard_before_beside_or_after(place: Place) -> None:
    play = Play(LISTING)
    play.send()
    number = play.task_of(BOSS).number
    play.do(passing.add_signer, BOSS, number, CLERK, place)
    if place is Place.BEFORE:
        assert refused(play, moves.approve, BOSS, number) == refusals.NOT_OPEN
        play.say(moves.approve, CLERK)
        play.say(moves.approve, BOSS)
    else:
        if place is Place.AFTER:
            assert [task.person for task in play.case.open] == [BOSS]
        play.say(moves.approve, BOSS)
        assert play.case.step == "approve"
        play.say(moves.approve, CLERK)
    assert play.case.step == "rack"


@pytest.mark.parametrize("place", list(Place))
def test_a_signer_not_yet_heard_is_removed_by_who_added_them(place: Place) -> None:
    play = Play(LISTING)
    play.send()
    play.do(passing.add_signer, BOSS, play.task_of(BOSS).number, CLERK, place)
    added = play.case.tasks[-1].number
    assert refused(play, passing.remove_signer, CLERK, added) == refusals.NOT_ADDED
    play.do(passing.remove_signer, BOSS, added)
    play.say(moves.approve, BOSS)
    assert play.case.step == "rack"


def test_one_person_signs_once_at_a_step() -> None:
    play = Play(people_step(Quorum.ALL))
    play.chosen = (BOSS, CHIEF)
    play.send()
    number = play.task_of(BOSS).number
    for move, more in ((passing.transfer, ()), (passing.lend, ()), (passing.add_signer, (Place.BESIDE,))):
        assert refused(play, move, BOSS, number, CHIEF, *more) == refusals.HAS_SEAT
        assert refused(play, move, BOSS, number, BOSS, *more) == refusals.TO_ONESELF


def test_the_starter_withdraws_while_nobody_acted() -> None:
    play = Play(LISTING)
    play.send()
    assert refused(play, moves.withdraw, BOSS) == refusals.NOT_STARTER
    play.do(moves.withdraw, SELLER)
    assert stands(play.case) == (DRAFT, "submit")
    play.send()
    play.say(moves.approve, BOSS)
    assert refused(play, moves.withdraw, SELLER) == refusals.TOO_LATE_TO_WITHDRAW


def test_the_last_actor_takes_back_until_the_next_has_begun() -> None:
    play = play_to_rack()
    assert refused(play, moves.take_back, SELLER, play.log) == refusals.TOO_LATE
    play.do(moves.take_back, BOSS, tuple(play.log))
    assert stands(play.case) == (RUNNING, "approve")
    play.say(moves.approve, BOSS)
    play.do(moves.claim, RACKER, play.pool_task().number)
    assert refused(play, moves.take_back, BOSS, tuple(play.log)) == refusals.TOO_LATE


def test_who_started_may_not_approve_where_the_step_says_so() -> None:
    flow = Flow(OWNER, (SUBMIT, Step("check", Who.ROLE, (OPS,), starter_may_approve=False), CONFIRM))
    play = Play(flow, starter=RACKER)
    play.send()
    number = play.pool_task().number
    assert refused(play, moves.claim, RACKER, number) == refusals.NOT_YOURS
    play.do(moves.claim, OTHER, number)
    assert refused(play, passing.transfer, OTHER, number, RACKER) == refusals.STARTER_BARRED
    deputy = {"stands_for": frozenset({OTHER})}
    assert refused(play, moves.approve, RACKER, number, actor=deputy) == refusals.STARTER_BARRED


def test_a_deputy_acts_for_who_is_absent() -> None:
    play = Play(LISTING)
    play.send()
    number = play.task_of(BOSS).number
    assert refused(play, moves.approve, CLERK, number) == refusals.NOT_YOURS
    play.do(moves.approve, CLERK, number, actor={"stands_for": frozenset({BOSS})})
    assert (play.case.find(number).person, play.case.find(number).actor) == (BOSS, CLERK)  # type: ignore[union-attr]


@pytest.mark.parametrize("nobody", list(Nobody))
def test_a_step_that_finds_nobody_is_never_silent(nobody: Nobody) -> None:
    step = Step("check", Who.ROLE, (NOBODYS,), nobody=nobody, stand_in=CHIEF)
    play = Play(Flow(OWNER, (SUBMIT, step, CONFIRM)))
    play.send()
    if nobody is Nobody.SKIP:
        assert play.case.step == "confirm"
        assert Passed("check", "no_holder") in play.log
    else:
        assert play.task_of(CHIEF if nobody is Nobody.STAND_IN else OWNER).step == "check"


def test_the_same_person_twice_passes_by_itself_where_the_step_says_so() -> None:
    again = Step("again", Who.MANAGER, pass_same_person=True)
    play = Play(Flow(OWNER, (SUBMIT, APPROVE, again, CONFIRM)))
    play.send()
    play.say(moves.approve, BOSS)
    assert play.case.step == "confirm"
    assert Passed("again", "same_person") in play.log


@pytest.mark.parametrize(("amount", "step"), [(99_999, "rack"), (100_000, "rack"), (100_001, "finance")])
def test_the_way_follows_the_conditions(amount: int, step: str) -> None:
    over = Condition("amount", "gt", "100000")
    approve = Step("approve", Who.MANAGER, routes=(Route("finance", (over,)), Route("rack")))
    flow = Flow(OWNER, (SUBMIT, approve, Step("finance", Who.ROLE, (FINANCE,)), RACK, CONFIRM), (Field("amount", Kind.MONEY),))
    play = Play(flow, values={"amount": amount})
    play.send()
    play.say(moves.approve, BOSS)
    assert play.case.step == step


def test_a_closed_account_leaves_no_task_behind() -> None:
    play = Play(LISTING)
    play.send()
    play.company.closed.add(BOSS)
    run = Run(LISTING, play.case, play.company, {})
    replace_the_gone(run)
    play.take(run)
    assert play.task_of(OWNER).step == "approve"
    play.company.closed.add(OWNER)
    run = Run(LISTING, play.case, play.company, {})
    replace_the_gone(run)
    play.take(run)
    assert play.case.stuck == "account_closed"


def test_a_manager_cancels_and_the_process_owner_gives_a_task_to_another() -> None:
    play = play_to_rack()
    number = play.pool_task().number
    assert refused(play, passing.give, BOSS, number, CLERK) == refusals.NOT_OWNER
    play.do(passing.give, OWNER, number, CLERK, actor={"owns_process": True})
    assert play.task_of(CLERK).number == number
    assert refused(play, moves.cancel, SELLER) == refusals.NOT_MANAGER
    play.do(moves.cancel, BOSS, actor={"may_cancel": True})
    assert play.case.state == CANCELLED
    assert not play.case.live


def test_what_changed_after_approval_goes_back_to_who_approved_it_first() -> None:
    play = play_to_rack()
    run = Run(LISTING, play.case, play.company, {})
    moves.recall(run, "approve")
    play.take(run)
    assert play.task_of(BOSS).step == "approve"
    play.say(moves.approve, BOSS)
    assert play.pool_task().step == "rack"


def test_a_company_may_lose_people_one_after_the_other() -> None:
    company = Company()
    play = Play(Flow(OWNER, (SUBMIT, sign_off(nobody=Nobody.SKIP), CONFIRM)), company)
    play.send()
    for person in (RACKER, OTHER, CLERK):
        company.closed.add(person)
        run = Run(play.flow, play.case, company, {})
        replace_the_gone(run)
        play.take(run)
    assert [task.role for task in play.case.open] == [LAW]
