"""What the composer of a customer's page writes: an activity, now, by its present reader."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from ..core.access.scope import is_row_reached
from ..core.access.viewer import EDIT, current_viewer
from ..core.base import clock
from ..core.base.input_guard import parse_id
from ..core.base.workspace import Choice
from ..core.forms.fields import OptionField, values_of
from ..core.forms.made import make_field
from ..core.views.compose import Writer
from ..core.writes.option_sets import Choice as Entry
from ..core.writes.option_sets import choice_options, read_entries
from ..core.writes.row_data import write
from ..customers.models import Customer
from ..extensions import db
from .models import Activity
from .queries import LOOKS, OTHER
from .rules import CONTACT_NOT_THEIRS


class LogForm(FlaskForm):
    """What was said or done, and with whom."""

    text = make_field(Activity, "text", _l("What was said or done"))
    contact = OptionField(_l("Spoken to"), options=lambda: [], bad=CONTACT_NOT_THEIRS)


class PlanForm(LogForm):
    """The same, and what is agreed next: for who may plan the customer's next step."""

    next_step = make_field(Activity, "next_step", _l("Next step"))
    next_step_on = make_field(Activity, "next_step_on", _l("Day of the next step"))


def list_kinds(_customer: Customer) -> Sequence[Choice]:
    """Return the kinds of activity, for who may log one."""
    if not current_viewer().may("can_add", "Activities"):
        return []
    kinds = read_entries(Entry)
    return [Choice(label, value=str(key), icon=LOOKS.get(kinds[key].code, OTHER)[0]) for key, label in choice_options("activity_kind")]


def make_form(customer: Customer, **given: object) -> LogForm:
    """Return the form of a customer's activity: with its contacts to choose from."""
    may_plan = is_row_reached(current_viewer(), customer, EDIT, writing=True)
    form = (PlanForm if may_plan else LogForm)(**given)
    form.contact.offer([(contact.id, contact.name) for contact in customer.contacts])
    return form


def write_activity(customer: Customer, form: LogForm, kind: str) -> None:
    """Add the activity that the form holds, of this moment; to be committed by the caller."""
    activity = Activity(customer_id=customer.id, kind_id=parse_id(kind), happened_at=clock.now())
    write(activity, values_of(form, activity))
    db.session.add(activity)


WRITER = Writer("activity", list_kinds, make_form, write_activity, _l("Activity logged"))
