"""What the viewer can do in a case: the bar that decides, and the buttons of its head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..core.access.directory import name_of_person
from ..core.access.viewer import current_viewer
from ..core.base.i18n import Words
from ..core.base.page_data import Button, Buttons
from ..core.forms.fields import RemoteSelectField
from ..core.forms.made import Fits, LinesField
from ..core.writes.fields import TextRule
from ..extensions import db
from . import rules
from .flow import case as flow
from .flow import moves
from .flow.actors import can_claim, is_theirs
from .flow.case import Case as State
from .flow.definition import Quorum
from .flow.passing import Place
from .forms import StepForm
from .models import CaseTask
from .page import Look, list_written
from .store import read_log

REASON = TextRule(4_000, lines=True, needed=rules.SAY_WHY)


class ReasonForm(StepForm):
    """Why something ends."""

    said = LinesField(_l("Reason"), [Fits(REASON)], rule=REASON)


PLACES: Mapping[str, Words] = {Place.BEFORE: _l("Before me"), Place.BESIDE: _l("Beside me"), Place.AFTER: _l("After me")}


class PersonForm(StepForm):
    """Whom something is passed on to."""

    to = RemoteSelectField(_l("To whom"), lookup="case-people")


@dataclass
class Bar:
    """What can be decided: of which task, by which words; where it may return to; whether it can be passed on; who is asked besides."""

    task: int = 0
    verb: Words = ""
    may_refuse: bool = False
    may_save: bool = False
    may_claim: bool = False
    may_release: bool = False
    returns: Sequence[tuple[str, str]] = ()
    may_pass: bool = False
    is_opinion: bool = False
    lead: str = ""
    person: StepForm | None = None
    places: Sequence[tuple[str, Words]] = ()
    signers: Sequence[tuple[int, str]] = ()
    stuck: Sequence[tuple[int, str]] = ()


def make_bar(look: Look, sent: Mapping[str, str] | None) -> Bar:
    """Return what the viewer can decide in a case now."""
    task, pool = look.mine, _find_pool(look)
    bar = Bar(signers=_list_signers(look), stuck=_list_stuck(look))
    if bar.stuck:
        bar.person = PersonForm(sent)
    if task is None:
        if pool is not None:
            bar.task, bar.may_claim = pool.number, True
        return bar
    step, is_first = look.step, look.step is look.design.flow.first
    bar.task, bar.is_opinion = task.number, task.lender_id is not None
    verb = look.design.steps[step.code].verb
    bar.verb = _("Say this") if bar.is_opinion else verb or (_("Send") if is_first else _("Approve"))
    bar.may_save = bool(list_written(look))
    if task.person_id != look.actor.id:
        bar.lead = _("You act for %(name)s, who is away.", name=name_of_person(task.person_id))
    if bar.is_opinion:
        bar.lead = _("%(name)s asks for your opinion; then it goes back to them.", name=name_of_person(task.lender_id))
        return bar
    bar.may_refuse = look.state.state == flow.RUNNING
    bar.may_release = bool(task.role_id and task.is_claimed and task.is_seat and step.quorum in (Quorum.ONE, Quorum.EACH_ROLE))
    bar.returns = [(code, look.design.call(code)) for code in moves.list_targets(look.design.flow, look.state)]
    bar.may_pass = not is_first
    if bar.may_pass:
        bar.person, bar.places = PersonForm(sent), list(PLACES.items())
    return bar


def _find_pool(look: Look) -> CaseTask | None:
    """Return the open task of a pool that the viewer may claim."""
    pairs = zip(look.tasks, look.state.tasks, strict=True)
    return next((row for row, task in pairs if can_claim(look.design.flow, look.state, task, look.actor)), None)


def _list_signers(look: Look) -> list[tuple[int, str]]:
    """Return the signers whom the viewer added and who were not heard yet: number and name."""
    return [(task.number, name_of_person(task.person)) for task in look.state.live if task.adder == look.actor.id]


def _list_stuck(look: Look) -> list[tuple[int, str]]:
    """Return the tasks that the process owner may give to somebody else: number, and who has them."""
    if not look.actor.owns_process or look.state.state != flow.RUNNING:
        return []
    return [(task.number, name_of_person(task.person) or _("nobody yet")) for task in look.state.live if not is_theirs(task, look.actor)]


def list_buttons(look: Look, again: Button) -> Buttons:
    """Return what the viewer may do with a case besides deciding: remind, withdraw, take back, cancel, start again."""
    state, actor = look.state, look.actor

    def url(do: str) -> str:
        return url_for("CasesView.act", pk=look.row.id, do=do)

    is_starter, is_running = actor.id == state.starter, state.state == flow.RUNNING
    buttons: Buttons = []
    if (
        is_running
        and (is_starter or actor.may_cancel or actor.owns_process)
        and any(task.person not in (None, actor.id) for task in state.open)
    ):
        buttons.append(Button(_("Remind"), url("remind"), "post", icon="bell"))
    if is_running and is_starter and _may_withdraw(state):
        buttons.append(Button(_("Withdraw"), url("withdraw"), "post", icon="arrow-back-up"))
    if is_running and any(task.actor_id == actor.id for task in look.tasks):
        log = read_log(db.session(), look.row.id)
        if moves.find_taken_back(log, actor) is not None and not _may_withdraw(state):
            buttons.append(Button(_("Take back"), url("take_back"), "post", icon="arrow-back-up"))
    if is_running and actor.may_cancel:
        buttons.append(Button(_("Cancel the case"), url("cancel"), "dialog", danger=True, icon="x", fields=ReasonForm(formdata=None)))
    if state.state == flow.DRAFT and is_starter:
        question = _("Give this draft up? It can be deleted then.")
        buttons.append(Button(_("Give up"), url("drop"), "post", danger=True, confirm=question, icon="x"))
    if state.state in (flow.DONE, flow.REFUSED, flow.CANCELLED) and is_starter and current_viewer().may("can_add", "Cases"):
        buttons.append(again)
    return buttons


def _may_withdraw(state: State) -> bool:
    """Tell whether nobody but the starter acted: what `moves.withdraw` asks."""
    return not any(
        task.actor not in (None, state.starter) or (task.role is not None and task.is_live and task.is_claimed) for task in state.tasks
    )
