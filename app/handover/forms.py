"""What the handover's forms send, read into a plan. Odd values choose nothing; they never widen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from ..core.base.errors import RuleViolation
from ..core.base.input_guard import parse_id
from ..core.forms.made import make_field
from . import rules
from .holdings import Holding
from .models import KEEP_UNTIL, Handover
from .plan import EVEN, NONE, ONE, STAYS, Division, Plan


class StartForm(FlaskForm):
    """Who leaves."""

    leaver = make_field(Handover, "leaver", _l("Who leaves"), needed=rules.LEAVER_NEEDED)


def read_id(text: str | None) -> int | None:
    """Return the id that a field holds; None for anything else."""
    text = (text or "").strip()
    return parse_id(text)


def read_ids(texts: Sequence[str], most: int) -> tuple[int, ...]:
    """Return the ids of a field that is sent several times, each once, in order."""
    found = dict.fromkeys(one for text in texts[:most] if (one := read_id(text)))
    return tuple(found)


def read_plan(values: MultiDict[str, str], holdings: Sequence[Holding]) -> Plan:
    """Return the plan that a form describes, for the kinds of rows that the viewer may hand over.

    Raises RuleViolation for a day that is none.
    """
    is_reassign = values.get("kind") == "reassign"
    receivers = read_ids(values.getlist("to"), rules.MAX_RECEIVERS + 1)
    return Plan(
        leaver_id=None if is_reassign else read_id(values.get("leaver")),
        receivers=receivers,
        divisions={holding.key: read_division(values, holding, receivers) for holding in holdings},
        note=values.get("note", "").strip(),
        keep_until=None if is_reassign else _read_until(values.get("keep_until", "")),
        close=values.get("close") == "y" and not is_reassign,
        kind="reassign" if is_reassign else "handover",
        rows=read_ids(values.getlist("rowid"), rules.MAX_EXCEPTIONS) if is_reassign else (),
    )


def read_plan_to_show(values: MultiDict[str, str], holdings: Sequence[Holding]) -> tuple[Plan, RuleViolation | None]:
    """Return the plan that a form describes, without the day that cannot be read, and the refusal of that day."""
    try:
        return read_plan(values, holdings), None
    except RuleViolation as refusal:
        readable = values.copy()
        readable.poplist("keep_until")
        return read_plan(readable, holdings), refusal


def read_division(values: Mapping[str, str], holding: Holding, receivers: Sequence[int]) -> Division:
    """Return how the rows of one kind are to be divided; a receiver who was not chosen is none."""
    way = values.get(f"way-{holding.key}", NONE)
    if way not in (NONE, ONE, EVEN, *holding.divided_by) or (way == EVEN and not receivers):
        way = NONE
    offered = {*receivers, STAYS}

    def read_receiver(name: str) -> int | None:
        found = read_id(values.get(name))
        return found if found in offered else None

    by_value: dict[int | None, int] = {}
    exceptions: dict[int, int] = {}
    for name in values:
        kind, _, rest = name.partition(f"-{holding.key}-")
        receiver = read_receiver(name) if rest else None
        if receiver is None:
            continue
        if kind == f"by-{way}":
            by_value[read_id(rest)] = receiver
        elif kind == "row" and (row_id := read_id(rest)) and len(exceptions) < rules.MAX_EXCEPTIONS:
            exceptions[row_id] = receiver
    first = receivers[0] if receivers else STAYS
    return Division(way, read_receiver(f"main-{holding.key}") or first, by_value, exceptions)


def _read_until(text: str) -> date | None:
    try:
        found = KEEP_UNTIL.check(KEEP_UNTIL.read(text))
    except RuleViolation as refusal:
        raise RuleViolation(refusal.message, "keep_until") from refusal
    return found if isinstance(found, date) else None
