"""Questions about cases: lists, pickers, what stands in the rail of contracts, customers and tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, String, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from ..contracts.models import Contract
from ..contracts.queries import covering
from ..core.access.scope import is_row_reached
from ..core.access.viewer import SEE, Viewer, current_viewer, elevated
from ..core.base import clock
from ..core.base.days import tell_day
from ..core.base.formatting import badge, join_words, make_initials
from ..core.base.page_data import Button
from ..core.base.workspace import RailPart
from ..core.forms.lookups import Conditions, Details
from ..core.lists.facets import Facet
from ..core.views.rail import RootCard
from ..customers.models import Customer
from ..customers.queries import load_contacts, make_details
from ..extensions import db
from ..staff.models import Staff
from . import rules, words
from .designs import Process, ProcessVersion
from .flow import case as flow
from .models import Case, CaseTask, CaseValue
from .reading import read_design
from .values import from_json, show_value

LISTING = "listing"  # the process that a contract opens
SHOWN = 5  # cases in a rail


def find_role_names(session: Session) -> Mapping[int, str]:
    """Return what roles are called, by id, in the reader's language."""
    return {row.id: _(row.name) for row in session.execute(select(Role.id, Role.name))}


def list_startable(session: Session) -> Sequence[Process]:
    """Return the processes of which a version is published, in order."""
    published = select(ProcessVersion.process_id).where(ProcessVersion.state == rules.PUBLISHED)
    found = select(Process).where(Process.is_active, Process.id.in_(published)).order_by(Process.position, Process.id)
    return session.scalars(found).all()


def in_state(state: str) -> ColumnElement[bool] | None:
    """Return the condition of the cases in a state; None for an unknown one."""
    return Case.state == state if state in words.STATES else None


def process_options() -> list[tuple[str, str]]:
    """Return the processes as a facet offers them."""
    rows = db.session.scalars(select(Process).order_by(Process.position, Process.id))
    return [(str(row.id), row.label) for row in rows]


def in_force_now(_parent: int | None) -> Conditions:
    """Return the conditions of the contracts that a field of a contract in force offers."""
    today = clock.today()
    begins = and_(Contract.status == "in_force", or_(Contract.end_on.is_(None), Contract.end_on >= today))
    return [or_(covering(today), begins)]


def active_people(_parent: int | None) -> Conditions:
    """Return the condition of those who may be named or asked in a case."""
    return [Staff.active.is_(True)]


def count_open(person: BindParameter[int], _today: object) -> ScalarSelect[str]:
    """Select how many tasks a person has open, as text: a part of the profile."""
    task = CaseTask.__table__.c
    mine = select(func.count()).select_from(CaseTask.__table__).where(task.person_id == person, task.state == flow.OPEN)
    return select(cast(mine.scalar_subquery(), String)).scalar_subquery()


def show_count(viewer: Viewer) -> Mapping[str, object]:
    """Return what every page prints beside “My tasks”; no statement."""
    return {"open_tasks": int(viewer.profile.parts.get("tasks") or 0) if viewer.profile is not None else 0}


@dataclass(frozen=True)
class CaseLine:
    """A case as the rail of another record shows it. `url`: for who may open it."""

    number: str
    process: str
    badge: str
    where: str
    url: str | None
    facts: Sequence[tuple[str, str]] = ()


def _list_cases(column: ColumnElement[bool], limit: int = SHOWN) -> list[CaseLine]:
    """Return the newest cases of a contract or customer: that they exist and where they stand is told to whoever reaches that record."""
    with elevated():
        rows = db.session.scalars(select(Case).where(column, Case.state != flow.DRAFT).order_by(Case.id.desc()).limit(limit)).all()
    told = read_told(rows)
    reached = set(db.session.scalars(select(Case.id).where(Case.id.in_([row.id for row in rows])))) if rows else set()
    may_open = current_viewer().may("can_show", "Cases")
    return [
        CaseLine(
            row.number, row.process.label, badge(*words.STATES[row.state]), say_where(row),
            url_for("CasesView.show", pk=row.id) if may_open and row.id in reached else None, told.get(row.id, ()),
        )
        for row in rows
    ]  # fmt: skip


def read_told(rows: Sequence[Case]) -> dict[int, list[tuple[str, str]]]:
    """Return of each case what its version tells on the contract's page and its tickets' cards: label and value."""
    designs = {row.id: read_design(row.version_id, current_viewer().version) for row in rows}
    told = {code for design in designs.values() for code, about in design.fields.items() if about.is_told}
    if not told:
        return {}
    table, found = CaseValue.__table__.c, dict[int, dict[str, str]]()
    statement = (
        select(table.case_id, table.field, table.value).where(table.case_id.in_(designs), table.field.in_(told)).order_by(table.round)
    )
    for case_id, code, text in db.session.connection().execute(statement):
        found.setdefault(case_id, {})[code] = text
    return {
        case_id: [
            (about.label, str(show_value(about, from_json(about, kept[code]), {})))
            for code, about in designs[case_id].fields.items()
            if about.is_told and kept.get(code, "null") != "null"
        ]
        for case_id, kept in found.items()
    }


def add_listing_lines(customer: Customer) -> Details:
    """Return for the card of a ticket's customer what was racked for it: the newest cases whose versions tell something."""
    with elevated():
        mine = select(Case).where(Case.customer_id == customer.id, Case.state.in_((flow.RUNNING, flow.DONE)))
        rows = db.session.scalars(mine.order_by(Case.id.desc()).limit(SHOWN)).all()
    told = read_told(rows)
    return {"lines": [[row.process.label, f"{row.number}: {join_words(f'{label} {value}' for label, value in told[row.id])}"]
                      for row in rows if told.get(row.id)]}  # fmt: skip


LISTED = {"none": _l("Not started"), "running": _l("Under way"), "done": _l("Done")}


def is_listed(value: str) -> ColumnElement[bool] | None:
    """Return the condition of the contracts whose listing stands so; None for an unknown value."""
    case, process = Case.__table__.c, Process.__table__.c
    listing = select(process.id).where(process.code == LISTING).scalar_subquery()
    mine = select(case.contract_id).where(case.process_id == listing, case.contract_id.is_not(None))
    running, done = mine.where(case.state == flow.RUNNING), mine.where(case.state == flow.DONE)
    conditions = {
        "running": Contract.id.in_(running),
        "done": Contract.id.in_(done),
        "none": Contract.id.not_in(running) & Contract.id.not_in(done),
    }
    return conditions.get(value)


LISTING_FACET = Facet("listing", _l("Listing"), lambda: list(LISTED.items()), is_listed, is_main=False)


def say_where(row: Case) -> str:
    """Return where a case stands, in short: its step, or when it ended."""
    if row.state == flow.RUNNING:
        return read_design(row.version_id, current_viewer().version).call(row.step)
    return tell_day(clock.to_local(row.ended_at).date()).words if row.ended_at is not None else ""


def make_contract_part(contract: Contract) -> RailPart | None:
    """Return what runs or ran for a contract: for its rail."""
    lines = _list_cases(Case.contract_id == contract.id)
    return RailPart("cases", _("Processes"), "processes/_rail.html", lines, len(lines) or None, order=15)


def make_customer_part(customer: Customer) -> RailPart | None:
    """Return what runs or ran for a customer: for its rail; None while there is nothing."""
    lines = _list_cases(Case.customer_id == customer.id)
    return RailPart("cases", _("Processes"), "processes/_rail.html", lines, len(lines) or None, order=35) if lines else None


def make_contract_buttons(contract: Contract) -> list[Button]:
    """Return a button for each process that can be started from a contract in force."""
    if contract.state != "in_force" or not current_viewer().may("can_add", "Cases"):
        return []
    startable = [row for row in list_startable(db.session()) if row.code == LISTING]
    return [Button(row.label, url_for("CasesView.start", code=row.code, contract=contract.number), icon="route") for row in startable]


def make_case_card(case: Case) -> RailPart | None:
    """Return the card of a case's customer, as who works on it reads it; None for a case without one."""
    with elevated():
        row = db.session.scalar(select(Customer).where(Customer.id == case.customer_id)) if case.customer_id is not None else None
        if row is None:
            return None
        load_contacts(row)
        card: Details = make_details(row)
    viewer = current_viewer()
    may_open = viewer.may("can_show", "Customers") and is_row_reached(viewer, row, SEE)
    data = RootCard(row.name, url_for("CustomersView.show", pk=row.id) if may_open else None, make_initials(row.name))
    data.badge = (card["badge"]["text"], card["badge"]["tone"])
    data.lines = [line for line in card.get("lines", []) if any(line[1:])]
    return RailPart("root", _("Customer"), "ui/_root_card.html", data, is_first=True, order=10)


def list_versions_of(process_id: int | None) -> list[tuple[int, str]]:
    """Return the versions of a process that are or were published, newest first: id and number."""
    version = ProcessVersion.__table__.c
    found = select(version.id, version.number).where(version.process_id == process_id, version.state != rules.DRAFT)
    rows = db.session.connection().execute(found.order_by(version.number.desc())) if process_id is not None else ()
    return [(row.id, _("version %(n)s", n=row.number)) for row in rows]


def was_late(step: str) -> ColumnElement[bool]:
    """Return the condition of the cases in which a step is or was late."""
    task = CaseTask.__table__.c
    is_open, is_closed = task.state == flow.OPEN, task.state == flow.CLOSED
    late = or_(and_(is_open, task.due_at < clock.now()), and_(is_closed, task.closed_at > task.due_at))
    return Case.id.in_(select(task.case_id).where(task.step == step, late))


def was_returned(step: str) -> ColumnElement[bool]:
    """Return the condition of the cases that a step returned."""
    task = CaseTask.__table__.c
    return Case.id.in_(select(task.case_id).where(task.step == step, task.verdict == flow.BACK))
