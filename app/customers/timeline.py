"""What stands in the head of a customer's page: the statuses that IT set, as steps; the next step; the last contact."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from markupsafe import Markup

from ..core.base import clock
from ..core.base.days import name_month, say_due, say_weekday, tell_age
from ..core.base.formatting import join_words
from ..core.base.page_data import Button, Pairs
from ..core.base.urls import link_with
from ..core.base.workspace import NextStep
from ..core.views.stages import Step
from ..core.writes.option_sets import Choice, name_of, named_options, read_entries
from . import rules
from .forms import EndForm, StatusForm
from .models import Customer, Status
from .queries import load_contacts


def make_form(status_id: int | None, **given: object) -> StatusForm:
    """Return the form of a move to a status: with reason and day where its stage needs them."""
    entry = read_entries(Status).get(status_id or 0)
    return (EndForm if entry is not None and rules.needs_end(entry.stage) else StatusForm)(**given)


def make_steps(customer: Customer, *, url: str, may_move: bool) -> Sequence[Step]:
    """Return the statuses in use, and the present one though it may be retired, as steps; those of the terminated stage are ways out."""
    entries = read_entries(Status)
    shown = [(key, label) for key, label in named_options(Status) if key != customer.status_id]
    present = entries[customer.status_id]
    labels = dict([*shown, (customer.status_id, present.label)])
    steps = []
    for key, entry in entries.items():
        if key not in labels:
            continue
        is_open = may_move and rules.is_open_stage(customer.stage, entry.stage)
        dialog, needs = None, ""
        if is_open and rules.needs_end(entry.stage):
            form = make_form(key, formdata=None, status=key, ended_on=clock.today(), row_version=str(customer.row_version))
            dialog = Button(labels[key], url, "dialog", danger=True, fields=form)
            needs = _("needs a reason")
        is_exit, move = rules.is_exit(entry.stage), str(key) if is_open else None
        steps.append(Step(code=str(key), label=labels[key], is_exit=is_exit, move=move, needs=needs, dialog=dialog))
    return steps


def make_next(customer: Customer, *, done_url: str | None) -> NextStep:
    """Return the next step of a customer: its day and how far that is; `done_url` for who may change it, else None."""
    step, edit_url = customer.step, link_with(edit="next") if done_url is not None else None
    if step.on is None or step.state == rules.DONE:
        return NextStep(edit_url=edit_url)
    today = clock.today()
    at = f"{step.at.isoformat('minutes')} " if step.at is not None else ""
    due = _("%(weekday)s, %(due)s", weekday=say_weekday(step.on), due=say_due(step.on, today))
    times = {0: "", 1: _("postponed once")}
    note = times[step.postponed] if step.postponed in times else _("postponed %(n)s times", n=step.postponed)
    return NextStep(
        f"{at}{step.text}", name_month(step.on), str(step.on.day), due, step.on < today, note, done_url=done_url, edit_url=edit_url,
        version=customer.row_version,
    )  # fmt: skip


def tell_last_contact(customer: Customer) -> str:
    """Return when somebody last spoke to a customer, how and with whom; '' for never."""
    if customer.last_contact_at is None:
        return ""
    when = tell_age(customer.last_contact_at).words
    load_contacts(customer)
    names = {contact.id: contact.name for contact in customer.contacts}
    told = [when, name_of(Choice, customer.last_contact_kind_id), names.get(customer.last_contact_with_id or 0, "")]
    return join_words(part for part in told if part)


_SITE = Markup('<a href="%s" rel="noopener noreferrer" target="_blank">%s</a>')


def list_facts(customer: Customer) -> Pairs:
    """Return what stands beside the owner: industry and region, the last contact, the website."""
    place = join_words(name for name in (name_of(Choice, customer.industry_id), name_of(Choice, customer.region_id)) if name)
    site = customer.website.strip()
    link = _SITE % (site, site.split("://", 1)[1].rstrip("/")) if rules.WEBSITE.fullmatch(site) else ""
    return [("", place), (_("Last contact"), tell_last_contact(customer)), ("", link)]
