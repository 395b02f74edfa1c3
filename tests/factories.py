"""The test company, small and fixed: two regions under a head office, every role, one record of each kind per owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from werkzeug.security import generate_password_hash

from app.activities.models import Activity
from app.contracts.models import Contract
from app.core.access.scope import owned_models
from app.core.access.viewer import as_system
from app.core.base import clock
from app.core.sharing.shares import Share
from app.core.writes.option_sets import Choice
from app.customers.models import Contact, Customer, Status
from app.extensions import db
from app.staff.models import Department, Staff
from app.tickets.models import Priority, Ticket

from . import access_table, made_rows
from .people import DEPARTMENTS, OWNERS, PEOPLE


def make_department(name: str, parent: Department | None = None) -> Department:
    """Add a department."""
    department = Department(name_zh=f"{name} 部", name_en=name, parent=parent)
    db.session.add(department)
    return department


def make_staff(username: str, roles: list[str], department: Department | None) -> Staff:
    """Add a person whose password is the user name twice."""
    found = list(db.session.scalars(select(Role).where(Role.name.in_(roles))))
    person = Staff(
        username=username, first_name=username.title(), last_name="Test", email=f"{username}@example.com", active=True,
        password=generate_password_hash(f"{username}-{username}", "pbkdf2:sha256:1"), roles=found,
        department=department, locale="en",
    )  # fmt: skip
    db.session.add(person)
    return person


def find_status(stage: str) -> Status:
    """Return the first status of a stage."""
    return db.session.scalars(select(Status).where(Status.stage == stage).order_by(Status.position)).first()  # type: ignore[return-value]


def find_choice(list_code: str) -> Choice:
    """Return the first entry of a list."""
    return db.session.scalars(select(Choice).where(Choice.list_code == list_code).order_by(Choice.position)).first()  # type: ignore[return-value]


def make_customer(name: str, owner: Staff | None, stage: str = "signed", **values: Any) -> Customer:
    """Add a customer with a primary contact."""
    if stage == "terminated":
        values = {"status_reason": "closed down", "ended_on": date(2026, 1, 31), **values}
    customer = Customer(name=name, status_id=find_status(stage).id, owner_id=owner.id if owner else None, **values)
    customer.contacts.append(Contact(name=f"{name} contact", phone="020-8888 0000", is_primary=True))
    db.session.add(customer)
    return customer


def make_activity(customer: Customer, author: Staff, **values: Any) -> Activity:
    """Add an activity."""
    given = {"text": f"Called {customer.name}", "happened_at": clock.now() - timedelta(days=1), "kind_id": find_choice("activity_kind").id}
    activity = Activity(customer_id=customer.id, author_id=author.id, **(given | values))
    db.session.add(activity)
    return activity


def make_contract(customer: Customer, **values: Any) -> Contract:
    """Add a contract in force for a year."""
    today = clock.today()
    given = {
        "title": f"{customer.name} hosting", "amount": Decimal("12000.00"), "status": "in_force",
        "signed_on": today, "start_on": today - timedelta(days=30), "end_on": today + timedelta(days=335),
    }  # fmt: skip
    contract = Contract(customer_id=customer.id, **(given | values))
    db.session.add(contract)
    return contract


def make_ticket(customer: Customer, **values: Any) -> Ticket:
    """Add an open ticket."""
    priority = db.session.scalars(select(Priority).order_by(Priority.position)).first()
    ticket = Ticket(customer_id=customer.id, **({"subject": f"{customer.name} is down", "priority_id": priority.id} | values))  # type: ignore[union-attr]
    db.session.add(ticket)
    return ticket


def make_share(module: str, row_id: int, person: Staff, access: str = "read", until: date | None = None) -> Share:
    """Lend a row to a person."""
    share = Share(module=module, row_id=row_id, staff_id=person.id, access=access, until=until)
    db.session.add(share)
    return share


MAKERS: dict[str, Callable[..., Any]] = {  # by class name: of the owner and the parent, and columns that are given
    "Customer": lambda owner, _parent, **values: make_customer(f"{owner.username} Other Ltd", owner, "lead", **values),
    "Activity": lambda owner, customer, **values: make_activity(customer, owner, **values),
    "Contract": lambda _owner, customer, **values: make_contract(customer, **values),
    "Ticket": lambda _owner, customer, **values: make_ticket(customer, **values),
}


def make_record(model: type[Any], owner: Staff, customer: Customer, **values: Any) -> Any:
    """Add one more row of any owned model that has a screen, by its maker or from its columns, below the customer if below any.

    What hangs on another row than a customer hangs on the first one of that kind there is of this customer.
    """
    nearest, parent = model.policy.nearest, customer
    if nearest is not None and nearest.model != "Customer":
        above = next(one for one in owned_models() if one.__name__ == nearest.model)
        of_customer = [getattr(above, above.policy.root.column) == customer.id] if above.policy.root is not None else []
        parent = db.session.scalars(select(above).where(*of_customer).order_by(above.id)).first()
    makers = MAKERS | {name: make for part in access_table.list_declarations() for name, make in getattr(part, "MAKERS", {}).items()}
    make = makers.get(model.__name__)
    made = make(owner, parent, **values) if make is not None else made_rows.make_row(model, owner, parent, **values)
    db.session.flush()
    return made


def list_other_models() -> dict[str, Any]:
    """Return the models with a screen that are not made by name here: address -> model."""
    return {base: screen.datamodel.obj for base, screen in made_rows.list_owned_screens() if screen.datamodel.obj.__name__ not in MAKERS}


def make_world(*, with_others: bool = True) -> None:
    """Build the company: each owner has a signed customer with one activity, contract and ticket, and a lead.

    North's signed customer is shared, to read, with south2. Each owner has a row of every other module too.
    """
    departments: dict[str, Any] = {}
    for name, above in DEPARTMENTS.items():
        first = db.session.scalars(select(Department)).first()
        departments[name] = first if above is None else make_department(name.replace("_", " "), departments[above])
    people = {name: make_staff(name, roles, departments[place]) for name, (roles, place) in PEOPLE.items()}
    db.session.flush()
    for name in OWNERS:
        signed = make_customer(f"{name} Signed Ltd", people[name])
        make_customer(f"{name} Lead Ltd", people[name], "lead")
        db.session.flush()
        make_activity(signed, people[name])
        make_contract(signed)
        make_ticket(signed)
        db.session.flush()
        for model in list_other_models().values() if with_others else ():
            make_record(model, people[name], signed)
    make_customer("south1 Gone Ltd", people["south1"], "terminated")
    db.session.flush()
    shared = db.session.scalars(select(Customer).where(Customer.name == "north1 Signed Ltd")).one()
    make_share("Customers", shared.id, people["south2"])


@dataclass(frozen=True)
class World:
    """Ids of the company: people by user name, records by owner."""

    people: dict[str, int]
    signed: dict[str, int]
    lead: dict[str, int]
    gone: int
    activity: dict[str, int]
    contract: dict[str, int]
    ticket: dict[str, int]
    others: dict[str, dict[str, int]]  # address of a module that is not named here -> owner -> id

    def rows(self, base: str) -> dict[str, int]:
        """Return the records at an address, by owner: those that may still be changed."""
        named = {"customers": self.lead, "activities": self.activity, "contracts": self.contract, "tickets": self.ticket}
        return named[base] if base in named else self.others[base]

    @classmethod
    def read(cls) -> World:
        """Read the ids from the database."""
        with as_system("import"):
            names = {row.id: row.username for row in db.session.scalars(select(Staff))}

            def by_owner(model: Any, *where: Any) -> dict[str, int]:
                return {names[row.owner_id]: row.id for row in db.session.scalars(select(model).where(*where)) if row.owner_id}

            gone = db.session.scalars(select(Customer.id).where(Customer.stage == "terminated")).one()
            return cls(
                people={name: key for key, name in names.items()},
                signed=by_owner(Customer, Customer.stage == "signed"), lead=by_owner(Customer, Customer.stage == "lead"), gone=gone,
                activity=by_owner(Activity), contract=by_owner(Contract), ticket=by_owner(Ticket),
                others={base: by_owner(model) for base, model in list_other_models().items()},
            )  # fmt: skip


def at(text: str) -> datetime:
    """Return an instant from ISO text."""
    return datetime.fromisoformat(text)
