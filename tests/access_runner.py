"""Sends each route of the access table once per person and record, and says in one letter what came back."""

from __future__ import annotations

import io
import shutil
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, insert, select

from app.activities.models import Activity
from app.contracts.models import Contract, ContractAttachment
from app.core.access.viewer import as_system
from app.core.base import clock
from app.core.writes.numbering import NumberSeries
from app.core.writes.option_sets import Choice
from app.customers.models import Customer, Status
from app.extensions import db
from app.handover.models import Handover, HandoverItem
from app.staff.models import Department, Staff
from app.tickets.models import Priority, TicketComment

from . import canaries
from .conftest import POSTGRES, Browser, Databases, RestClient
from .factories import OWNERS, PEOPLE, World, make_contract, make_customer, make_share
from .snapshots import list_changes, take_snapshot

TABLES = {"signed": "customer", "lead": "customer", "draft": "contract", "status": "status", "choice": "choice", "priority": "priority",
          "activity": "activity", "contract": "contract", "ticket": "ticket", "series": "number_series"}  # fmt: skip
PDF = b"%PDF-1.4 test"
HAPPENED = datetime(2026, 1, 5, 2, 0)
ANYBODY = "anybody"  # not signed in


@dataclass
class Records:
    """Ids of what routes are asked about: kind -> owner -> id; entries of lists under the key ''."""

    ids: dict[str, dict[str, int]] = field(default_factory=dict)

    def of(self, kind: str) -> list[int]:
        """Return the ids of a kind in the order of the table's columns."""
        known = self.ids[kind]
        return [known[owner] for owner in OWNERS] if set(OWNERS) <= set(known) else list(known.values())


def prepare_records(world: World) -> Records:
    """Add what the matrix needs beside the company: an attachment, a comment and a draft each; share north's lead too."""
    found = Records({"signed": world.signed, "lead": world.lead, "activity": world.activity, "ticket": world.ticket})
    found.ids |= {"contract": world.contract, "draft": {}, "attachment": {}, "handover": {}, "deleted": {}}
    for owner in OWNERS:
        customer = db.session.get_one(Customer, world.signed[owner])
        contract = db.session.get_one(Contract, world.contract[owner])
        file = ContractAttachment(
            record_id=contract.id, root_id=customer.id, name=f"{owner}.pdf", media_type="", size=len(PDF), sha256="0", content=PDF
        )
        draft = make_contract(customer, status="draft", title=f"{owner} draft")
        db.session.add_all([file, TicketComment(record_id=world.ticket[owner], root_id=customer.id, text=f"{owner} comment")])
        db.session.flush()
        found.ids["attachment"][owner], found.ids["draft"][owner] = file.id, draft.id
        found.ids["handover"][owner] = _add_handover(world, owner).id
        found.ids["deleted"][owner] = _add_deleted(world, owner).id
    make_share("Customers", world.lead["north1"], db.session.get_one(Staff, world.people["south2"]))
    found.ids |= {
        "status": {"": _add(Status(name_zh="备", name_en="Spare", stage="lead", position=99)).id},
        "choice": {"": _add(Choice(list_code="industry", code="spare", name_zh="备", name_en="Spare", position=99)).id},
        "priority": {"": _add(Priority(name_zh="备", name_en="Spare", hours=5, position=99)).id},
        "series": {"": db.session.scalars(select(NumberSeries.id).where(NumberSeries.code == "contract")).one()},
        "department": {"": _add(Department(name_zh="备", name_en="Spare")).id},
        "person": {"": world.people["nobody"]},
    }
    tables = {name: db.metadata.tables[name] for name in ("ab_role", "ab_group")}
    for kind, name in (("role", "ab_role"), ("group", "ab_group")):
        made = db.session.connection().execute(insert(tables[name]).values(name="Spare").returning(tables[name].c.id))
        found.ids[kind] = {"": made.scalar_one()}
    return found


def _add_deleted(world: World, owner: str) -> Customer:
    """Add a lead that its owner deleted."""
    customer = _add(make_customer(f"{owner} SoftDeleted Ltd", db.session.get_one(Staff, world.people[owner]), "lead"))
    db.session.delete(customer)
    db.session.flush()
    return customer


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


def as_form(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body as a form sends it, its file with content."""
    return {**body, "file": (io.BytesIO(PDF), body["file"])} if "file" in body else dict(body)


class Matrix:
    """The company on a database that is put back whenever a request changed it."""

    def __init__(self, app: Flask, databases: Databases, world: World) -> None:
        self.app, self.databases, self.world = app, databases, world
        with app.app_context(), as_system("import"):
            self.records = prepare_records(world)
            self.fixed = read_fixed(world)
            for activity in db.session.scalars(select(Activity)):
                activity.happened_at = HAPPENED
            db.session.flush()
            self.canaries = canaries.plant()
            db.session.commit()
        self.browsers: dict[str, Browser] = {ANYBODY: Browser(app)}
        self.rests: dict[str, Any] = {ANYBODY: None}
        for name in PEOPLE:
            self.browsers[name] = Browser(app).sign_in(name)
            self.rests[name] = RestClient(app, name)
        self.tokens = {name: browser.token() for name, browser in self.browsers.items()}
        self.before = take_snapshot(app)
        self.versions = self._read_versions()
        self._keep()
        self.requests = 0
        self.has_written = False
        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", self._note_statement)
        self.seen: dict[str, set[int]] = {name: set() for name in [*PEOPLE, ANYBODY]}

    def _read_versions(self) -> dict[tuple[str, int | None], int]:
        found = {}
        with self.app.app_context(), db.engine.connect() as connection:
            for name in set(TABLES.values()):
                table = db.metadata.tables[name].c
                found |= {(name, row_id): version for row_id, version in connection.execute(select(table.id, table.row_version))}
        return found

    def _note_statement(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.has_written |= statement.split(None, 1)[0].upper() not in ("SELECT", "PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")

    def send(self, person: str, method: str, path: str, body: dict[str, Any] | None) -> tuple[str, Any]:
        """Return the letter of what came back, and the answer."""
        self.requests += 1
        self.has_written = False
        answer = self._send_api(person, method, path, body) if path.startswith("/api/") else self._send_page(person, method, path, body)
        self.seen[person] |= canaries.find(answer.text)
        answer.close()  # a file that is sent is open until then
        # Without a statement that writes there is nothing to compare: most requests send none.
        changed = list_changes(self.before, take_snapshot(self.app)) if self.has_written else {}
        if changed:
            self._put_back()
        return self._name(answer, bool(changed)), answer

    def _keep(self) -> None:
        self._close()
        base = self.databases
        if POSTGRES:
            base._admin(f'DROP DATABASE IF EXISTS "{base.name}_matrix"', f'CREATE DATABASE "{base.name}_matrix" TEMPLATE "{base.name}"')
        else:
            with sqlite3.connect(base.folder / "test.sqlite3") as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copy(base.folder / "test.sqlite3", base.folder / "matrix.sqlite3")

    def _put_back(self) -> None:
        self._close()
        base = self.databases
        if POSTGRES:
            drop = f'DROP DATABASE IF EXISTS "{base.name}" WITH (FORCE)'
            base._admin(drop, f'CREATE DATABASE "{base.name}" TEMPLATE "{base.name}_matrix"')
            return
        for path in base.folder.glob("test.sqlite3*"):
            path.unlink()
        shutil.copy(base.folder / "matrix.sqlite3", base.folder / "test.sqlite3")

    def list_leaks(self) -> list[tuple[str, canaries.Canary]]:
        """Return what was answered so far to people who must not see it."""
        return [(person, self.canaries[n]) for person, seen in self.seen.items() for n in seen if not self.canaries[n].is_for(person)]

    def text_of(self, model: str, kind: str, owner: str) -> str:
        """Return the canary in the name of one record."""
        row_id = self.records.ids[kind][owner]
        place = next(n for n, c in enumerate(self.canaries) if (c.model, c.row_id, c.column) == (model, row_id, "name"))
        return f"cnry{place:04d}x"

    def close(self) -> None:
        """Leave the database to the next test."""
        self._close()
        with self.app.app_context():
            event.remove(db.engine, "before_cursor_execute", self._note_statement)

    def values(self, kind: str, pk: int | None) -> dict[str, Any]:
        """Return what the holes of the table's addresses and bodies stand for."""
        owners = [owner for owner, known in self.records.ids.get(kind, {}).items() if known == pk and owner]
        found = {**self.fixed, "pk": pk, "row_version": self.versions.get((TABLES.get(kind, ""), pk), "")}
        if owners:
            found |= {"customer": self.world.signed[owners[0]]}
        return found

    def _close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def _send_page(self, person: str, method: str, path: str, body: dict[str, Any] | None) -> Any:
        client: FlaskClient = self.browsers[person].client
        if method == "GET":
            return client.get(path)
        return client.open(path, method=method, data={"csrf_token": self.tokens[person], **as_form(body or {})})

    def _send_api(self, person: str, method: str, path: str, body: dict[str, Any] | None) -> Any:
        rest = self.rests[person]
        client, headers = (rest.client, rest.headers) if rest is not None else (self.browsers[ANYBODY].client, {})
        return client.open(path, method=method, json=body, headers=headers)

    @staticmethod
    def _name(answer: Any, changed: bool) -> str:
        """w written, y shown, 3 denied, 4 hidden, r refused or harmless, L asked to sign in; ! what must never be."""
        status = answer.status_code
        if changed:
            return "w" if status in (200, 201, 302) else "!"
        if status >= 500:
            return "!"
        if status in (301, 302, 303):
            return "L" if answer.location.startswith("/login/") else "r"
        return {200: "y", 401: "L", 403: "3", 404: "4"}.get(status, "r")
