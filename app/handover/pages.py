"""The data of the pages before a handover runs: who leaves and takes over, what there is and how it is divided, what would move."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from ..core.access.directory import name_of_person
from ..core.access.screens import need_screen
from ..core.access.viewer import Viewer, current_viewer
from ..core.base.errors import RuleViolation
from ..core.base.formatting import join_words, show
from ..core.forms.fields import choose_offered
from ..core.writes.option_sets import name_of
from ..extensions import db
from ..staff.models import Department, Staff
from .forms import StartForm, read_id, read_ids, read_plan
from .holdings import Holding, holdings_for
from .plan import EVEN, NONE, ONE, Plan
from .queries import MAX_ROWS, Held, Moves, read_chosen, read_extras, read_held, read_moves
from .receivers import check_plan, find_closing_right, read_receivers
from .rules import MAX_EXCEPTIONS, MAX_RECEIVERS, NOTHING_CHOSEN


def make_start_page(errors: Sequence[str] = ()) -> dict[str, object]:
    """Return the first page: the picker of who leaves, and the colleagues who may take over."""
    viewer = current_viewer()
    leaver_id = read_id(request.values.get("leaver"))
    form = StartForm(formdata=None)
    if leaver_id is not None:
        choose_offered(form.leaver, leaver_id)
    chosen = read_ids(request.values.getlist("to"), MAX_RECEIVERS)
    return {
        "title": _("New handover"), "form": form, "errors": list(errors), "groups": group_people(viewer, leaver_id), "chosen": chosen,
    }  # fmt: skip


def group_people(viewer: Viewer, leaver_id: int | None) -> list[tuple[str, list[tuple[int, str]]]]:
    """Return the colleagues who may take over, under their departments."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for person in read_receivers(viewer, holdings_for(viewer), leaver_id):
        groups.setdefault(name_of(Department, person.department_id), []).append((person.id, person.name))
    return list(groups.items())


def make_plan_page(plan: Plan, viewer: Viewer, errors: Sequence[str]) -> dict[str, object]:
    """Return the second page, filled as the plan says."""
    holdings = holdings_for(viewer)
    shown = [read_held(holding, plan, viewer) for holding in holdings] if plan.kind == "handover" else []
    sections = [_make_section(held, plan) for held in shown if held.count]
    return {
        "title": _("Hand over from %(name)s", name=name_of_person(plan.leaver_id)) if plan.leaver_id else _("Give to someone else"),
        "plan": plan, "errors": list(errors), "sections": sections, "values": request.values,
        "leaver": _say_leaver(plan, shown), "takers": [(name_of_person(staff_id), "", "") for staff_id in plan.receivers],
        "receivers": [(staff_id, name_of_person(staff_id)) for staff_id in plan.receivers],
        "extras": read_extras(plan.leaver_id) if plan.leaver_id else [], "may_close": find_closing_right(viewer),
        "max_rows": MAX_ROWS, "change_url": url_for("HandoverView.add", leaver=plan.leaver_id, to=list(plan.receivers)),
    }  # fmt: skip


def make_preview_page(values: MultiDict[str, str], viewer: Viewer) -> dict[str, object]:
    """Return the third page: exactly what would move to whom. Raises RuleViolation for what this viewer may not run."""
    holdings = holdings_for(viewer)
    plan = read_plan(values, holdings)
    leaver = db.session.get(Staff, plan.leaver_id) if plan.leaver_id is not None else None
    check_plan(db.session(), plan, viewer, leaver)
    moves, digest = read_moves(holdings, plan, viewer)
    if not moves:
        raise RuleViolation(NOTHING_CHOSEN)
    receiving = frozenset().union(*(part.receivers for part in moves))
    names = sorted({name for part in moves for name, _n, _followers in part.totals})
    bars = [_divide(part, names) for part in moves]
    return {
        "title": _("Preview"), "plan": plan, "moves": moves, "seen": digest,
        "given": [(name, text) for name, text in values.items(multi=True) if name not in ("csrf_token", "seen", "back") and text],
        "leaver_name": name_of_person(plan.leaver_id), "bars": bars, "effects": _say_effects(plan),
        "takers": [(name, "", f"+{sum(bar[place] for bar in bars):,}") for place, name in enumerate(names)],
        "idle": join_words(name_of_person(one) for one in plan.receivers if one not in receiving),
        "cancel_url": url_for("CustomersView.list" if plan.kind == "reassign" else "HandoverView.list"),
    }  # fmt: skip


def make_reassign_page(values: MultiDict[str, str], viewer: Viewer) -> dict[str, object] | None:
    """Return the page that gives rows picked in a list to someone else; None when one of them is not the viewer's to give."""
    chosen = read_ids(values.getlist("rowid"), MAX_EXCEPTIONS)
    holding = next((one for one in holdings_for(viewer) if one.is_owner and one.module == values.get("module")), None)
    lines = read_chosen(holding, chosen, viewer) if holding is not None else []
    if holding is None or not chosen or len(lines) < len(chosen):
        return None
    return {
        "title": _("Give to someone else"), "lines": lines, "key": holding.key, "people": read_receivers(viewer, [holding], None),
        "cancel_url": need_screen(holding.model).url("list"),
    }  # fmt: skip


def _say_leaver(plan: Plan, shown: Sequence[Held]) -> tuple[str, str, str] | None:
    """Return who gives: the name, what of it may be handed over, and no figure; None where chosen rows are given away."""
    if plan.leaver_id is None:
        return None
    held = [_("%(name)s: %(value)s", name=one.holding.label, value=f"{one.count:,}") for one in shown if one.count]
    return name_of_person(plan.leaver_id), join_words(held), ""


def _divide(part: Moves, names: Sequence[str]) -> list[int]:
    """Return how many rows of one kind each of these receivers gets, in their order."""
    return [sum(n for other, n, _followers in part.totals if other == name) for name in names]


def _say_effects(plan: Plan) -> list[tuple[str, str]]:
    """Return what becomes of the leaver's account, as lines of a check list."""
    name, found = name_of_person(plan.leaver_id), []
    if plan.keep_until:
        found.append(("note", _("%(name)s may still read it until %(day)s.", name=name, day=show(plan.keep_until))))
    if plan.close:
        found.append(("warning", _("The account of %(name)s is closed at once: no more signing in.", name=name)))
    return found


def _make_section(held: Held, plan: Plan) -> dict[str, object]:
    holding: Holding = held.holding
    division = plan.divisions[holding.key]
    was_sent = f"way-{holding.key}" in request.values
    way = division.way if was_sent else (ONE if len(plan.receivers) == 1 else EVEN)
    by_column = [(column, _("By %(column)s", column=str(label).lower())) for column, label, _values in held.groups]
    ways = [(ONE, _("All to one")), (EVEN, _("Split evenly")), *by_column, (NONE, _("Leave as they are"))]
    return {
        "held": held, "key": holding.key, "label": holding.label, "ways": ways, "way": way,
        "main": division.main or (plan.receivers[0] if plan.receivers else 0), "by_value": division.by_value,
        "exceptions": division.exceptions,
    }  # fmt: skip
