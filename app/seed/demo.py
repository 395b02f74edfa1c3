"""The demo company: made-up people, customers, activities, contracts and tickets, the same each day it is made."""

from __future__ import annotations

from pathlib import Path
from random import Random

from flask import current_app
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..core.access.viewer import as_system
from ..customers.models import Customer
from ..extensions import db
from ..staff.models import Department, InstallationValue, Staff
from ..staff.signin import make_hash
from . import demo_contracts, demo_customers, demo_tickets, demo_words
from .demo_plan import Plan
from .errors import SeedRefused

CUSTOMERS = 400
PASSWORD = "countersign"  # noqa: S105 - shown on the console and on the sign-in page of a demo
MARK = "demo"
SEED = 20260
MANAGERS = ("Regional manager", "Head of maintenance", "Management")  # roles whose first holder manages the department
TEXT = f"""Demo company. Accounts: sales1 … 9, manager1 … 3, service1 … 4, servicehead, director, director2, it, it2, admin
Password of each: {PASSWORD}
Anyone who reaches this address can sign in with these: show it, do not work in it."""


def fill(customers: int = CUSTOMERS) -> str:
    """Fill an empty, prepared database with the demo company, once. Returns the text for the console.

    Raises SeedRefused when the database holds customers or colleagues that are not the demo's.
    """
    with as_system("demo"):
        session = db.session()
        if session.get(InstallationValue, MARK) is not None:
            return TEXT
        _refuse_real_data(session)
        try:
            # First, so that a second process that starts at the same time waits here and then fails whole.
            session.add(InstallationValue(key=MARK, value=str(customers)))
            session.flush()
            _write_company(session, customers)
            session.commit()
        except BaseException:
            session.rollback()
            raise
    if current_app.config["DEMO"]:  # a demo begun anew: the note is of the seals of the one that was thrown away
        Path(current_app.config["HISTORY_ANCHOR"]).unlink(missing_ok=True)
    return TEXT


def _refuse_real_data(session: Session) -> None:
    """Refuse a database in which somebody works: anybody could sign in there with the demo's password."""
    some_customers = session.scalar(select(func.count()).select_from(Customer), execution_options={"with_bin": True})
    colleagues = session.scalar(select(func.count()).select_from(Staff).where(Staff.username != "admin"))
    if some_customers or colleagues:
        raise SeedRefused(
            "This database holds real customers or colleagues, so the demo company is not written into it. "
            "Start the demo with an empty database (without DATABASE_URL it uses a file of its own)."
        )


def _write_company(session: Session, customers: int) -> None:
    people = _write_staff(session)
    plan = Plan.make(session, Random(SEED), people)  # noqa: S311 - made-up data, not secrets
    demo_customers.write_customers(session, plan, customers)
    demo_customers.write_activities(session, plan)
    demo_contracts.write_contracts(session, plan)
    demo_tickets.write_tickets(session, plan)


def _write_staff(session: Session) -> dict[str, Staff]:
    """Add the departments and people; returns the people by user name. The password is hashed once: that is slow by design."""
    head = session.scalars(select(Department).where(Department.parent_id.is_(None)).order_by(Department.id)).first()
    places: dict[str | None, Department | None] = {None: head}
    wanted = [(code, zh, en) for code, zh, en, _ in demo_words.REGIONS] + [("ops", *demo_words.OPERATIONS)]
    for place, (key, zh, en) in enumerate(wanted, 1):
        places[key] = Department(name_zh=zh, name_en=en, position=place * 10, parent_id=head.id if head else None)
        session.add(places[key])
    session.flush()
    roles = {role.name: role for role in session.scalars(select(Role))}
    password = make_hash(PASSWORD)
    people = {}
    for username, last, first, role, code in demo_words.STAFF:
        department = places[code]
        people[username] = Staff(
            username=username, last_name=last, first_name=first, email=f"{username}@demo.example", active=True, password=password,
            must_change_password=False, roles=[roles[role]], department_id=department.id if department else None,
        )  # fmt: skip
    session.add_all(people.values())
    session.flush()
    for username, _last, _first, role, code in demo_words.STAFF:
        department = places[code]
        if role in MANAGERS and department is not None and department.manager_id is None:
            department.manager_id = people[username].id
    admin = session.scalars(select(Staff).where(Staff.username == "admin")).one_or_none()
    if admin is not None:
        admin.password, admin.must_change_password, admin.email = password, False, "admin@demo.example"
        admin.department_id = head.id if head else None
    session.flush()
    return people
