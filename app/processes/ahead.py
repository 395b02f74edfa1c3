"""Who gets a case next, in words, and whom its sender chooses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from ..core.access.directory import name_of_person
from ..core.base.formatting import join_words
from ..core.forms.fields import RemoteSelectField
from ..extensions import db
from . import words
from .flow.case import Case as State
from .flow.conditions import choose
from .flow.definition import END, Quorum, Step, Who
from .flow.seats import find_seats
from .forms import StepForm
from .offers import read_offered
from .people import DeskStaff
from .queries import find_role_names
from .reading import Design

MOST_CHOSEN = 3  # pickers of those who are chosen for a step of several


def say_next(
    design: Design, step: Step, state: State, values: Mapping[str, Any], records: Mapping[str, Any], sent: Mapping[str, str] | None
) -> tuple[str, StepForm | None]:
    """Return in words who gets the case next, and the pickers of those whom the sender chooses; by what is filled in so far."""
    routes = design.flow.list_routes(step)
    targets = list(dict.fromkeys(route.target for route in routes))
    chooses = [found for code in targets if (found := design.flow.find(code)) is not None and found.who is Who.CHOSEN]
    choosers = make_choosers(design, chooses[0], sent) if chooses else None
    if len(targets) > 1:
        known = {**values, **read_offered(records)}
        route = choose(design.flow, step, known) if values else None
        if route is None:
            return _("Next, by what is filled in: %(steps)s", steps=join_words(_name_target(design, code) for code in targets)), choosers
        targets = [route.target]
    return _say_target(design, targets[0], state, values), choosers


def _name_target(design: Design, code: str) -> str:
    return design.call(code) if code != END else _("end")


def _say_target(design: Design, code: str, state: State, values: Mapping[str, Any]) -> str:
    step = design.flow.find(code)
    if step is None:
        return _("The case ends with this step.")
    if step.who is Who.CHOSEN:
        return _("Next: %(step)s", step=design.call(code))
    staff, roles = DeskStaff(db.session()), find_role_names(db.session())
    seats = find_seats(state, step, staff, values)
    people = [_name_seat(seat.person, seat.role, roles) for seat in seats.places]
    if not people:
        why = words.REASONS.get(seats.why, "")
        what = words.NOBODY[step.nobody]
        return _("Next: %(step)s. Nobody is there for it (%(why)s): %(what)s.", step=design.call(code), why=why, what=what)
    return _("Next: %(step)s (%(who)s)", step=design.call(code), who=join_words(people))


def _name_seat(person: int | None, role: int | None, roles: Mapping[int, str]) -> str:
    return name_of_person(person) if person is not None else _("anyone of %(role)s", role=roles.get(role or 0, "–"))


def make_choosers(design: Design, step: Step, sent: Mapping[str, str] | None) -> StepForm:
    """Return the pickers of who is to do the next step."""
    label = _("Who does “%(step)s”", step=design.call(step.code))
    names = ["chosen"] if step.quorum is Quorum.ONE else [f"chosen{n}" for n in range(1, MOST_CHOSEN + 1)]
    fields = {name: RemoteSelectField(label, lookup="case-people", name="chosen") for name in names}
    form: StepForm = type("ChooseForm", (StepForm,), fields)(sent)
    return form
