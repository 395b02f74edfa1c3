"""Fill an empty database with the small company of load_mixed.py, through the app, as the system.

    DATABASE_URL=… DATA_DIR=… python bench/mixed_company.py

Each region has a manager and eight salespeople. One customer of each region is lent in full to every salesperson.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from company import CHEAP_HASH, PASSWORD, is_signed, make_name, make_phone
from mixed_ground import DIRECTORS, MAINTENANCE, REGIONS, SALESPEOPLE
from werkzeug.security import generate_password_hash

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app import create_app
from app.activities.models import Activity
from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.core.base import clock
from app.core.sharing.shares import Share
from app.core.web.modules import discover
from app.core.writes.option_sets import Choice
from app.customers.models import Contact, Customer, Status
from app.extensions import db
from app.seed import install
from app.staff.models import Department, Staff
from app.tickets.models import Priority, Ticket
from config import make_settings

CUSTOMERS, BATCH = 2_000, 250


def make_person(name: str, role: str, department: Department, hashed: str) -> Staff:
    """Add a person; signing in is not what is measured, so the hash is a cheap one."""
    person = Staff(
        username=name, first_name=name.title(), last_name="Test", email=f"{name}@example.com", active=True, password=hashed,
        roles=list(db.session.scalars(select(Role).where(Role.name == role))), department=department, locale="en",
    )  # fmt: skip
    db.session.add(person)
    return person


def make_people() -> list[Staff]:
    """Add the regions and everybody; return the salespeople."""
    head = db.session.scalars(select(Department).order_by(Department.id)).first()
    places = [Department(name_zh=f"第{n}区", name_en=f"Region {n}", parent=head) for n in range(1, REGIONS + 1)]
    db.session.add_all(places)
    hashed = generate_password_hash(PASSWORD, CHEAP_HASH)
    for n, place in enumerate(places, 1):
        make_person(f"manager{n}", "Regional manager", place, hashed)
    for n in range(1, MAINTENANCE + 1):
        make_person(f"service{n}", "Maintenance", head, hashed)
    for n in range(1, DIRECTORS + 1):
        make_person(f"director{n}", "Management", head, hashed)
    sellers = [make_person(f"sales{n}", "Salesperson", places[n % REGIONS], hashed) for n in range(1, SALESPEOPLE + 1)]
    db.session.flush()
    return sellers


def make_customers(sellers: list[Staff]) -> list[Customer]:
    """Add the customers, three in ten signed; return the signed ones."""
    stages = {row.stage: row.id for row in db.session.scalars(select(Status).order_by(Status.position.desc()))}
    signed = []
    for key in range(1, CUSTOMERS + 1):
        stage = "signed" if is_signed(key) else "lead"
        customer = Customer(name=make_name(key), status_id=stages[stage], owner_id=sellers[key % len(sellers)].id)
        customer.contacts.append(Contact(name=f"Contact {key}", phone=make_phone(key), is_primary=True))
        db.session.add(customer)
        if stage == "signed":
            signed.append(customer)
        if key % BATCH == 0:
            db.session.flush()
    return signed


def make_records(signed: list[Customer]) -> None:
    """Add two activities, a draft, a contract in force and a ticket for each signed customer."""
    kind = db.session.scalars(select(Choice.id).where(Choice.list_code == "activity_kind")).first()
    priority = db.session.scalars(select(Priority.id).order_by(Priority.position)).first()
    today, now = clock.today(), clock.now()
    term: dict[str, Any] = {"signed_on": today, "start_on": today, "end_on": today + timedelta(days=365)}
    for place, customer in enumerate(signed):
        of: dict[str, Any] = {"customer_id": customer.id}
        db.session.add_all(
            Activity(**of, author_id=customer.owner_id, text=f"Call {n} of {place}", happened_at=now - timedelta(days=n), kind_id=kind)
            for n in (1, 2)
        )
        db.session.add(Contract(**of, title=f"Draft {place}", amount=Decimal(1000)))
        db.session.add(Contract(**of, title=f"Hosting {place}", amount=Decimal(2000), status="in_force", **term))
        db.session.add(Ticket(**of, subject=f"Line {place} is down", priority_id=priority))
        if place % BATCH == 0:
            db.session.flush()


def lend(signed: list[Customer], sellers: list[Staff]) -> None:
    """Lend the first signed customer of each region in full to every other salesperson."""
    first = {customer.department_id: customer for customer in reversed(signed)}
    for customer in first.values():
        db.session.add_all(
            Share(module="Customers", row_id=customer.id, staff_id=person.id, access="full")
            for person in sellers
            if person.id != customer.owner_id
        )


def fill() -> None:
    """Prepare the database and fill it."""
    app = create_app(make_settings() | {"COMMANDS": True})
    with app.app_context():
        install.prepare(discover("app"))
        with as_system("import"):
            sellers = make_people()
            signed = make_customers(sellers)
            make_records(signed)
            lend(signed, sellers)
            db.session.commit()
        db.engine.dispose()


if __name__ == "__main__":
    fill()
