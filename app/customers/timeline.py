"""The stage bar of a customer: the statuses that IT set, as steps, and what a move to each needs."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from ..core.base import clock
from ..core.base.page_data import Button
from ..core.views.stages import Step
from ..core.writes.option_sets import named_options, read_entries
from . import rules
from .forms import EndForm, StatusForm
from .models import Customer, Status


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
