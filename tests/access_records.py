"""The records that routes of the access table are asked about, and the addresses and bodies of the requests."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import Flask
from sqlalchemy import insert, select

from app.contracts.models import Contract, ContractAttachment
from app.core.access.screens import all_screens
from app.core.access.viewer import as_system
from app.core.base import clock
from app.core.views.base import DeskView
from app.core.views.rest import DeskApi
from app.core.writes.numbering import NumberSeries
from app.core.writes.option_sets import Choice
from app.customers.models import Customer, CustomerAttachment, Status
from app.extensions import db
from app.handover.models import Handover, HandoverItem
from app.staff.models import CalendarDay, Department, Staff, WorkingHours
from app.tickets.models import Priority, TicketComment

from . import made_rows
from .access_declaring import MADE
from .access_table import Route, find_access, list_declarations
from .factories import World, make_contract, make_record, make_share
from .people import OWNERS

PDF = b"%PDF-1.4 test"
HAPPENED = datetime(2026, 1, 5, 2, 0)


@dataclass
class Records:
    """Ids of what routes are asked about: kind -> owner -> id; entries of lists under the key ''."""

    ids: dict[str, dict[str, int]] = field(default_factory=dict)

    def of(self, kind: str) -> list[int]:
        """Return the ids of a kind in the order of the table's columns."""
        known = self.ids[kind]
        return [known[owner] for owner in OWNERS] if set(OWNERS) <= set(known) else list(known.values())


def prepare_records(world: World) -> Records:
    """Add what the matrix needs beside the company: an attachment, a comment and a draft each; share north's lead too.

    And something in the bin of every module that has owners.
    """
    found = Records({"signed": world.signed, "lead": world.lead, "activity": world.activity, "ticket": world.ticket, **world.others})
    found.ids |= {"contract": world.contract, "draft": {}, "attachment": {}, "handover": {}}
    for owner in OWNERS:
        customer = db.session.get_one(Customer, world.signed[owner])
        contract = db.session.get_one(Contract, world.contract[owner])
        file = ContractAttachment(record_id=contract.id, name=f"{owner}.pdf", media_type="", size=len(PDF), sha256="0", content=PDF)
        draft = make_contract(customer, status="draft", title=f"{owner} draft")
        paper = CustomerAttachment(record_id=customer.id, name=f"{owner} card.pdf", media_type="", size=len(PDF), sha256="0", content=PDF)
        db.session.add(paper)
        db.session.add_all([file, TicketComment(record_id=world.ticket[owner], text=f"{owner} comment")])
        db.session.flush()
        found.ids["attachment"][owner], found.ids["draft"][owner] = file.id, draft.id
        found.ids.setdefault("customer file", {})[owner] = paper.id
        found.ids["handover"][owner] = _add_handover(world, owner).id
        for base, row in _add_binned(world, owner):
            found.ids.setdefault(f"binned {base}", {})[owner] = row.id
    make_share("Customers", world.lead["north1"], db.session.get_one(Staff, world.people["south2"]))
    found.ids |= {
        "status": {"": _add(Status(name_zh="备", name_en="Spare", stage="lead", position=99)).id},
        "choice": {"": _add(Choice(list_code="industry", code="spare", name_zh="备", name_en="Spare", position=99)).id},
        "priority": {"": _add(Priority(name_zh="备", name_en="Spare", hours=5, position=99)).id},
        "series": {"": db.session.scalars(select(NumberSeries.id).where(NumberSeries.code == "contract")).one()},
        "calendar day": {"": _add(CalendarDay(day=date(2031, 5, 1), works_as="off", name_zh="备", name_en="Spare")).id},
        "weekday": {"": db.session.scalars(select(WorkingHours.id).where(WorkingHours.weekday == "sat")).one()},
        "department": {"": _add(Department(name_zh="备", name_en="Spare")).id},
        "person": {"": world.people["nobody"]},
    }
    for part in list_declarations():
        found.ids |= part.prepare() if hasattr(part, "prepare") else {}
    tables = {name: db.metadata.tables[name] for name in ("ab_role", "ab_group")}
    for kind, name in (("role", "ab_role"), ("group", "ab_group")):
        made = db.session.connection().execute(insert(tables[name]).values(name="Spare").returning(tables[name].c.id))
        found.ids[kind] = {"": made.scalar_one()}
    return found


def _add_binned(world: World, owner: str) -> Iterator[tuple[str, Any]]:
    """Yield (address, row) of a record of each kind that was deleted: of customers, a lead."""
    person, customer = db.session.get_one(Staff, world.people[owner]), db.session.get_one(Customer, world.signed[owner])
    rows = {base: make_record(screen.datamodel.obj, person, customer) for base, screen in made_rows.list_owned_screens()}
    for base, row in {**rows, "handover": _add_handover(world, owner)}.items():
        db.session.delete(row)
        db.session.flush()
        yield base, row


def _add_handover(world: World, owner: str) -> Handover:
    """Add a handover by which the owner got their lead from the chief."""
    here = db.session.get_one(Staff, world.people[owner]).department_id
    handover = _add(Handover(leaver_id=world.people["chief"], department_id=here, moved=1))
    item = HandoverItem(
        handover_id=handover.id, model="Customer", field="owner_id", row_id=world.lead[owner], row_version=1,
        old_staff_id=world.people["chief"], new_staff_id=world.people[owner], new_department_id=here,
    )  # fmt: skip
    db.session.add(item)
    return handover


def _add(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row


def read_fixed(world: World) -> dict[str, Any]:
    """Return what the holes of the table stand for that are the same for every record."""
    stages = db.session.scalars(select(Status.id).where(Status.stage == "lead").order_by(Status.position)).all()
    return {
        "priority": db.session.scalars(select(Priority.id).order_by(Priority.position)).first(),
        "kind": db.session.scalars(select(Choice.id).where(Choice.list_code == "activity_kind").order_by(Choice.position)).first(),
        "colleague": world.people["nobody"],
        "lead_status": stages[0], "other_status": stages[1], "static": "ui/app.css", "next_year": clock.today().year + 1,
        "happened_at": clock.to_local(HAPPENED).strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip


def find_models() -> dict[str, type[Any]]:
    """Return the model of each kind of record, and of each address; needs the app."""
    models = {screen.route_base.strip("/"): screen.datamodel.obj for screen in all_screens()}
    found = dict(models)
    for base, one in find_access().items():
        found |= dict.fromkeys((one.kind or base, f"binned {base}", *one.kinds.values()), models[base])
    return found


@dataclass
class Filler:
    """Fills the holes of the table's addresses and bodies."""

    app: Flask
    world: World
    records: Records
    fixed: dict[str, Any]
    versions: dict[tuple[str, int | None], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.app.app_context():
            self.models = find_models()

    def fill(self, key: str, route: Route, pk: int | None) -> tuple[str, dict[str, Any]]:
        """Return the address and body of one request."""
        method, rule = key.split(" ", 1)
        values = self.list_values(route.kind, pk)
        path = (route.path or rule.replace("<int:pk>", "{pk}").replace("<pk>", "{pk}")).format(**values)
        if route.body == MADE:
            return path, self._make_body(method, rule, pk)
        body = {name: str(text).format(**values) for name, text in route.body.items()}
        if rule.startswith("/api/"):
            body = {name: int(text) if name.endswith("_id") else text for name, text in body.items()}
        return path, body

    def list_values(self, kind: str, pk: int | None) -> dict[str, Any]:
        """Return what the holes stand for, when a request is about this record."""
        table = self.models[kind].__tablename__ if kind in self.models else ""
        found = {**self.fixed, "pk": pk, "table": table, "row_version": self.versions.get((table, pk), "")}
        owners = [owner for owner, known in self.records.ids.get(kind, {}).items() if known == pk and owner]
        return {**found, "customer": self.world.signed[owners[0]]} if owners else found

    def _make_body(self, method: str, rule: str, pk: int | None) -> dict[str, Any]:
        """Return a body from the columns: of a form or of REST, for a new row below `pk` or of the row `pk` itself."""
        is_form = not rule.startswith("/api/")
        base = rule.strip("/").removeprefix("api/v1/").split("/")[0]
        model = self.models[base]
        is_new = method == "POST" and (not is_form or rule.endswith("/add"))
        view = find_form(self.app, base) if is_form else find_resource(self.app, base)
        with self.app.app_context(), as_system("import"):
            if is_new:
                return made_rows.make_body(model, view.add_columns, pk, is_form=is_form)
            row = db.session.get_one(model, pk)
            standing = {"row_version": str(row.row_version)} if is_form else {}
            return {**made_rows.make_change(row, view.edit_columns, is_form=is_form), **standing}


def find_form(app: Flask, base: str) -> DeskView:
    """Return the screen at an address."""
    return next(view for view in app.extensions["appbuilder"].baseviews if isinstance(view, DeskView) and view.route_base == f"/{base}")


def find_resource(app: Flask, base: str) -> DeskApi:
    """Return the REST resource of this name."""
    return next(view for view in app.extensions["appbuilder"].baseviews if isinstance(view, DeskApi) and view.resource_name == base)


def as_form(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body as a form sends it, its file with content."""
    return {**body, "file": (io.BytesIO(PDF), body["file"])} if "file" in body else dict(body)
