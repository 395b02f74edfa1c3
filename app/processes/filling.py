"""What is filled in: read as plain values by the fields' definitions, checked by rules, kept per round. The same for every door."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..contracts.models import Contract
from ..core.access.scope import REACH_OPTION
from ..core.access.viewer import current_viewer, elevated
from ..core.base import clock
from ..core.base.errors import RuleViolation
from ..core.base.texts import clean_narrow
from ..core.writes.fields import CHOOSE, NEEDED
from ..core.writes.numbering import NumberSeries
from ..core.writes.row_data import unify_lines
from ..customers import rules as customer_rules
from ..customers.models import Customer
from ..staff.models import Department, Staff
from . import rules
from .flow import case as flow
from .flow.definition import Kind, Right, Step
from .models import Case, CaseValue
from .reading import Design
from .values import MOST_ROWS, FormField, from_json, rule_for, to_json

NOT_WRITABLE = _l("This field cannot be filled in at this step.")
UNKNOWN_FIELD = _l("This process has no such field.")
ROWS_BAD = _l("Send a list of rows.")
TOO_MANY_ROWS = _l("At most %(n)s rows.")
WRITES = (Right.WRITE, Right.REQUIRED)


class Misfits(RuleViolation):
    """What was filled in is refused: a sentence for each field."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        first = next(iter(sentences))
        super().__init__(sentences[first], first)
        self.sentences = dict(sentences)


@dataclass(frozen=True)
class Spot:
    """Where something is filled in: the process, and the case (0: one that is only beginning)."""

    process_id: int
    case_id: int


@dataclass
class Filled:
    """What a case's fields hold: by code, as their kinds hold it, and the records that they name."""

    values: dict[str, Any] = field(default_factory=dict)
    contract: Contract | None = None
    customer: Customer | None = None

    @property
    def records(self) -> dict[str, Any]:
        """Return the records by the names that offered facts begin with."""
        return {"contract": self.contract, "customer": self.customer}


def read_values(session: Session, design: Design, case_id: int) -> dict[str, Any]:
    """Return what the fields of a case hold now: what the last round that has it says."""
    table = CaseValue.__table__.c
    rows = session.connection().execute(select(table.field, table.value).where(table.case_id == case_id).order_by(table.round))
    kept = {row.field: row.value for row in rows}
    return {code: from_json(design.fields[code], text) for code, text in kept.items() if code in design.fields}


def find_records(session: Session, design: Design, values: Mapping[str, Any]) -> Filled:
    """Return the values with the records that they name. Read with the system's reach: who has a part in a case works on its records."""
    filled = Filled(dict(values))
    contract_id = next((values.get(one.code) for one in design.find_fields(Kind.CONTRACT) if values.get(one.code)), None)
    customer_id = next((values.get(one.code) for one in design.find_fields(Kind.CUSTOMER) if values.get(one.code)), None)
    if contract_id is not None:
        filled.contract = session.scalar(select(Contract).where(Contract.id == contract_id))
        customer_id = filled.contract.customer_id if filled.contract is not None else customer_id
    if customer_id is not None:
        filled.customer = session.scalar(select(Customer).where(Customer.id == customer_id))
    return filled


def settle(
    session: Session, design: Design, step: Step, given: Mapping[str, object], present: Mapping[str, Any], *, case_id: int, is_sent: bool
) -> dict[str, Any]:
    """Return what is to be kept of what was given at a step. Raises Misfits with a sentence for each field that is refused.

    `is_sent`: what the step requires must be there, and a contract must be in force; a draft is kept as far as it goes.
    """
    kept: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    place = Spot(design.process_id, case_id)
    for code in given:
        if code not in design.fields:
            wrong[code] = str(UNKNOWN_FIELD)
        elif step.right_on(code) not in WRITES:
            wrong[code] = str(NOT_WRITABLE)
    for code, about in design.fields.items():
        right = step.right_on(code)
        if code in wrong or (code not in given and not is_sent):
            continue
        try:
            if right in WRITES:
                value = given[code] if code in given else _plain(session, about, present.get(code))
                needed = is_sent and right is Right.REQUIRED
                if about.kind is Kind.ATTACHMENT:
                    kept[code] = _settle_files(value, present.get(code) or [], is_needed=needed)
                else:
                    kept[code] = _settle_one(session, about, value, is_needed=needed, place=place)
            elif is_sent and about.kind is Kind.CONTRACT and about.is_live and present.get(code):
                with elevated():  # whoever acts here need not see contracts; that this one stands is asked all the same
                    find_contract(session, about, _plain(session, about, present[code]), place)
        except RuleViolation as refusal:
            wrong[code] = str(refusal)
    if wrong:
        raise Misfits(wrong)
    return kept


def _plain(session: Session, about: FormField, value: object) -> object:
    """Return a kept value as a door would give it: a contract by its number."""
    if about.kind is Kind.CONTRACT and isinstance(value, int):
        table = Contract.__table__.c
        return session.connection().scalar(select(table.number).where(table.id == value))
    return value


def _settle_one(session: Session, about: FormField, value: object, *, is_needed: bool, place: Spot) -> object:
    if about.kind is Kind.ROWS:
        return _settle_rows(about, value, is_needed=is_needed)
    if about.kind is Kind.CONTRACT:
        if not is_needed and not clean_narrow(str(value or "")):
            return None
        return find_contract(session, about, value, place).id
    rule = rule_for(about, is_needed=is_needed)
    checked = rule.check(value if isinstance(value, date) else rule.read(value))
    if isinstance(checked, str):
        return unify_lines(checked)
    if isinstance(checked, int) and about.kind in (Kind.PERSON, Kind.DEPARTMENT, Kind.CUSTOMER):
        _check_there(session, about.kind, checked)
    return checked


def _settle_files(value: object, there: Sequence[int], *, is_needed: bool) -> object:
    """Return the files of a field: the ids of those that stay, or these and new ones, to be hung on the case when it is saved."""
    if isinstance(value, dict) and isinstance(value.get("new"), list) and all(isinstance(one, tuple) for one in value["new"]):
        found: object = {"kept": list(there), "new": value["new"]} if value["new"] else list(there)
    else:
        found = [one for one in there if isinstance(value, list) and one in value]
    if is_needed and not found:
        raise RuleViolation(NEEDED)
    return found


def _check_there(session: Session, kind: Kind, row_id: int) -> None:
    """Refuse a person with a closed account, a department that is not there, a customer that the viewer may not choose."""
    conditions: dict[Kind, Any] = {
        Kind.PERSON: select(Staff.id).where(Staff.id == row_id, Staff.active.is_(True)),
        Kind.DEPARTMENT: select(Department.id).where(Department.id == row_id),
        Kind.CUSTOMER: select(Customer.id).where(Customer.id == row_id),
    }
    if session.scalar(conditions[kind], execution_options={REACH_OPTION: "pick"}) is None:
        raise RuleViolation(CHOOSE)


def _settle_rows(about: FormField, value: object, *, is_needed: bool) -> list[dict[str, Any]]:
    """Return the rows of a small table, empty ones left out, each column as its definition keeps it."""
    if not isinstance(value, list | None) or not all(isinstance(row, dict) for row in value or ()):
        raise RuleViolation(ROWS_BAD)
    rows = [row for row in value or () if any(cell not in (None, "", False) for cell in row.values())]
    if is_needed and not rows:
        raise RuleViolation(NEEDED)
    if len(rows) > MOST_ROWS:
        raise RuleViolation(str(TOO_MANY_ROWS) % {"n": MOST_ROWS})
    found = []
    for place, row in enumerate(rows, 1):
        if unknown := {*row} - {column.code for column in about.columns}:
            raise RuleViolation(f"{place}. {UNKNOWN_FIELD} ({', '.join(sorted(map(str, unknown)))})")
        found.append({column.code: _settle_cell(column, row.get(column.code), place) for column in about.columns})
    return found


def _settle_cell(column: FormField, value: object, place: int) -> object:
    rule = rule_for(column, is_needed=False)
    try:
        checked = rule.check(value if isinstance(value, date) else rule.read(value))
    except RuleViolation as refusal:
        raise RuleViolation(f"{place}. {column.label}: {refusal}") from refusal
    return None if checked is None else json.loads(to_json(checked))


def find_contract(session: Session, about: FormField, value: object, place: Spot) -> Contract:
    """Return the contract of a number as it was typed. Raises RuleViolation in the sentence that says what is wrong with it."""
    text = "".join(clean_narrow(str(value or ""))[:100].split()).upper()
    row = session.scalar(select(Contract).where(Contract.number == text).with_for_update(key_share=True, of=Contract)) if text else None
    customer = _find_customer(session, row) if row is not None else None
    is_asked = about.is_live
    taken = _find_taker(session, row, place) if row is not None and is_asked and not about.is_shared else ""
    facts = rules.NumberFacts(
        text=text,
        length=_read_length(session),
        state=None if row is None else row.state if is_asked or row.state == "void" else "",
        is_signed=not is_asked or (customer is not None and customer_rules.why_not_signed(customer.stage) is None),
        taken_by=taken,
    )
    rules.check_contract_number(facts)
    assert row is not None  # else it was refused
    return row


def _find_customer(session: Session, row: Contract) -> Customer | None:
    return session.scalar(select(Customer).where(Customer.id == row.customer_id), execution_options={REACH_OPTION: "pick"})


def _find_taker(session: Session, row: Contract, place: Spot) -> str:
    """Return the number of another running case of the same process that has the contract; '' for none."""
    table = Case.__table__.c
    taken = select(table.number).where(
        table.contract_id == row.id, table.state == flow.RUNNING, table.id != place.case_id, table.process_id == place.process_id
    )
    return session.connection().scalar(taken.order_by(table.id).limit(1)) or ""


def _read_length(session: Session) -> int:
    """Return how many characters a contract's number has."""
    table = NumberSeries.__table__.c
    newest = select(table.length).where(table.code == "contract").order_by(table.year.desc()).limit(1)
    return session.connection().scalar(newest) or 0


def keep(session: Session, row: Case, kept: Mapping[str, Any]) -> None:
    """Write what a case's fields hold in its present round; what did not change stays as the earlier round has it."""
    known = {one.field: one for one in session.scalars(select(CaseValue).where(CaseValue.case_id == row.id).order_by(CaseValue.round))}
    for code, value in kept.items():
        text, before = to_json(value), known.get(code)
        if before is not None and before.value == text:
            continue
        if before is None and value in (None, "", []):
            continue
        if before is not None and before.round == row.round:
            before.value, before.by_id, before.at = text, current_viewer().id, clock.now()
        else:
            session.add(CaseValue(case_id=row.id, round=row.round, field=code, value=text, by_id=current_viewer().id, at=clock.now()))


__all__ = ["Filled", "Misfits", "Spot", "find_contract", "find_records", "keep", "read_values", "settle"]
