"""A rule's write and the write that would break it, in two transactions at once, in both orders: the rule holds. PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.activities.models import Activity
from app.contracts.models import Contract, ContractAttachment
from app.core.access.scope import BIN_OPTION
from app.core.access.viewer import acting_as, as_system, load_viewer
from app.core.base import clock
from app.core.base.errors import RuleViolation
from app.core.sharing import shares
from app.core.sharing.shares import Share
from app.core.writes import commit, numbering
from app.core.writes.numbering import NumberSeries
from app.customers.models import Customer
from app.extensions import db
from app.handover import moving
from app.handover.models import Handover
from app.oversight import bin as the_bin
from app.staff.models import Department, Staff
from app.tickets.models import Priority, Ticket

from ..factories import World, find_choice, find_status, make_contract, make_customer

pytestmark = pytest.mark.postgres
PDF = b"%PDF-1.4 test"
Write = Callable[[Any, "Case"], None]


class Case:
    """A signed customer with nothing but a draft, an expired contract and one in force of another customer; and people."""

    def __init__(self, world: World) -> None:
        self.people = world.people
        owner = db.session.get_one(Staff, world.people["south1"])
        bare, other = make_customer("Bare Ltd", owner), make_customer("Other Ltd", owner)
        db.session.flush()
        self.bare = bare.id
        self.draft = self._id(make_contract(other, status="draft"))
        past = clock.today() - timedelta(days=1)
        self.expired = self._id(make_contract(other, end_on=past))
        self.contract, self.other = self._id(make_contract(make_customer_of(world))), other.id
        self.departments = (self._id(Department(name_zh="甲", name_en="A")), self._id(Department(name_zh="乙", name_en="B")))
        self.admins = (world.people["chief"], db.session.scalars(select(Staff.id).where(Staff.username == "admin")).one())
        self.role = self._id(Role(name="Spare role"))
        self.ended = find_status("terminated").id
        self.priority = db.session.scalars(select(Priority.id).order_by(Priority.id)).first()
        self.kind = find_choice("activity_kind").id

    @staticmethod
    def _id(row: Any) -> int:
        db.session.add(row)
        db.session.flush()
        return int(row.id)


def make_customer_of(world: World) -> Customer:
    """Return south1's signed customer of the company."""
    return db.session.scalars(select(Customer).where(Customer.id == world.signed["south1"])).one()


def read(session: Any, model: type[Any], row_id: int) -> Any:
    """Return a row by SELECT."""
    return session.scalars(select(model).where(model.id == row_id), execution_options={BIN_OPTION: True}).one()


# --- the writes ------------------------------------------------------------------------------------------------------
def delete_customer(session: Any, case: Case) -> None:
    session.delete(read(session, Customer, case.bare))


def end_bare(session: Any, case: Case) -> None:
    _end(read(session, Customer, case.bare), case)


def end_other(session: Any, case: Case) -> None:
    _end(read(session, Customer, case.other), case)


def _end(customer: Customer, case: Case) -> None:
    customer.status_id, customer.status_reason, customer.ended_on = case.ended, "closed down", clock.today()


def lead_bare(session: Any, case: Case) -> None:
    read(session, Customer, case.bare).status_id = find_status("lead").id


def add_contract(session: Any, case: Case) -> None:
    session.add(Contract(customer_id=case.bare, title="New", amount=Decimal(1)))


def add_ticket(session: Any, case: Case) -> None:
    session.add(Ticket(customer_id=case.bare, subject="New", priority_id=case.priority))


def start_draft(session: Any, case: Case) -> None:
    read(session, Contract, case.draft).status = "in_force"


def prolong(session: Any, case: Case) -> None:
    read(session, Contract, case.expired).end_on = clock.today() + timedelta(days=30)


def void(session: Any, case: Case) -> None:
    contract = read(session, Contract, case.contract)
    contract.status, contract.status_reason = "void", "a mistake"


def attach(session: Any, case: Case) -> None:
    contract = read(session, Contract, case.contract)
    session.add(ContractAttachment(record_id=contract.id, root_id=contract.customer_id, name="a.pdf", media_type="", size=1, sha256="0",
                           content=PDF))  # fmt: skip


def name_in_ticket(session: Any, case: Case) -> None:
    contract = read(session, Contract, case.contract)
    session.add(Ticket(customer_id=contract.customer_id, contract_id=contract.id, subject="It", priority_id=case.priority))


def renew(session: Any, case: Case) -> None:
    contract = read(session, Contract, case.contract)
    session.add(Contract(customer_id=contract.customer_id, renews_id=contract.id, title="Next", amount=Decimal(1)))


def ring(here: int, above: int) -> Write:
    """Put one department below another."""

    def move(session: Any, case: Case) -> None:
        read(session, Department, case.departments[here]).parent_id = case.departments[above]

    return move


def close_admin(which: int) -> Write:
    """Close one of the two administrators, in the other's name."""

    def close(session: Any, case: Case) -> None:
        read(session, Staff, case.admins[which]).active = False

    close.actor = 1 - which  # type: ignore[attr-defined]
    return close


def give_role(session: Any, case: Case) -> None:
    read(session, Staff, case.people["nobody"]).roles = [read(session, Role, case.role)]


def delete_role(session: Any, case: Case) -> None:
    session.delete(read(session, Role, case.role))


def close_colleague(session: Any, case: Case) -> None:
    read(session, Staff, case.people["south2"]).active = False


def give_to_colleague(session: Any, case: Case) -> None:
    read(session, Customer, case.bare).owner_id = case.people["south2"]


def repattern(session: Any, case: Case) -> None:
    session.scalars(select(NumberSeries).where(NumberSeries.code == "handover")).one().pattern = "XO{year}{seq:05}"


def issue_first(session: Any, case: Case) -> None:
    numbering.issue(session, "handover")


# (first, second, whether the second is refused)
PAIRS = [
    (add_contract, delete_customer, True), (delete_customer, add_contract, True),
    (add_ticket, delete_customer, True), (delete_customer, add_ticket, True),
    (add_contract, lead_bare, True), (lead_bare, add_contract, True),
    (end_bare, add_contract, True), (end_bare, add_ticket, True),
    (start_draft, end_other, True), (end_other, start_draft, True),
    (prolong, end_other, True), (end_other, prolong, True),
    (void, attach, True), (attach, void, False),
    (void, name_in_ticket, True), (name_in_ticket, void, False),
    (void, renew, True), (renew, void, False), (renew, renew, True),
    (ring(0, 1), ring(1, 0), True), (ring(1, 0), ring(0, 1), True),
    (close_admin(0), close_admin(1), True), (close_admin(1), close_admin(0), True),
    (close_colleague, give_to_colleague, True), (give_to_colleague, close_colleague, False),
    (give_role, delete_role, True), (delete_role, give_role, True),
    (issue_first, repattern, True), (repattern, issue_first, False),
]  # fmt: skip


@contextmanager
def acting(app: Flask, who: int) -> Iterator[Any]:
    """Run the block in a request of this person, in a session of its own."""
    with app.test_request_context("/", method="PUT"), acting_as(who):
        yield db.session


def clash(app: Flask, case: Case, first: Write, second: Write) -> tuple[RuleViolation | None, RuleViolation | None]:
    """Do the first write up to its commit, begin the second meanwhile, then commit the first; return what each was refused for."""
    refused: list[RuleViolation | None] = [None, None]

    def work() -> None:
        with acting(app, case.admins[getattr(second, "actor", 0)]) as session:
            try:
                with commit.refusals():
                    second(session, case)
                    session.flush()
                    session.commit()
            except RuleViolation as refusal:
                refused[1] = refusal

    with acting(app, case.admins[getattr(first, "actor", 0)]) as session:
        with commit.refusals():
            first(session, case)
            session.flush()
        other = threading.Thread(target=work)
        other.start()
        other.join(0.4)  # time to run into the first one's locks, or past them
        with commit.refusals():
            session.commit()
        other.join(20)
    assert not other.is_alive()
    return refused[0], refused[1]


@pytest.fixture
def case(app: Flask, world: World) -> Case:
    """Return the records that the pairs write."""
    with app.app_context(), as_system("import"):
        made = Case(world)
        db.session.commit()
        return made


@pytest.mark.parametrize(
    ("first", "second", "is_refused"), PAIRS, ids=[f"{a.__qualname__}-{b.__qualname__}-{n}" for n, (a, b, _) in enumerate(PAIRS)]
)
def test_the_second_of_two_writes_meets_the_rule(app: Flask, case: Case, first: Write, second: Write, is_refused: bool) -> None:
    one, other = clash(app, case, first, second)
    assert one is None
    assert (other is not None) == is_refused
    assert other is None or str(other).endswith(".")


def test_an_activity_logged_meanwhile_goes_to_the_bin_with_its_customer(app: Flask, case: Case) -> None:
    def log(session: Any, case: Case) -> None:
        session.add(Activity(customer_id=case.bare, text="Called", kind_id=case.kind, happened_at=clock.now()))

    assert clash(app, case, log, delete_customer) == (None, None)
    with app.app_context(), as_system():
        assert db.session.scalars(select(Activity.id).where(Activity.customer_id == case.bare)).all() == []


def test_a_customer_entered_while_its_salesperson_is_moved_goes_along(app: Flask, world: World, case: Case) -> None:
    def enter(session: Any, case: Case) -> None:
        session.add(Customer(name="Just entered Ltd", status_id=find_status("lead").id, owner_id=case.people["north1"]))

    def move(session: Any, case: Case) -> None:
        read(session, Staff, case.people["north1"]).department_id = case.departments[0]

    for first, second in ((enter, move), (move, enter)):
        assert clash(app, case, first, second) == (None, None)
    with app.app_context(), as_system():
        found = db.session.scalars(select(Customer.department_id).where(Customer.name == "Just entered Ltd")).all()
    assert found == [case.departments[0]] * 2


def test_what_is_shared_while_it_is_given_is_not_lent_to_its_owner(app: Flask, case: Case) -> None:
    def share(session: Any, case: Case) -> None:
        shares.grant(session, read(session, Customer, case.bare), case.people["south2"], "full", date(2999, 1, 1))

    assert clash(app, case, give_to_colleague, share)[1] is not None
    with app.app_context(), as_system():
        assert db.session.scalars(select(Share.id).where(Share.row_id == case.bare, Share.revoked_at.is_(None))).all() == []


def test_the_last_administrator_is_not_closed_by_a_handover_meanwhile(app: Flask, case: Case) -> None:
    def close_by_handover(session: Any, case: Case) -> None:
        leaver = read(session, Staff, case.admins[0])
        moving.close_account(session, Handover(number="HO1"), leaver, load_viewer(case.admins[1]))

    close_by_handover.actor = 1  # type: ignore[attr-defined]
    for first, second in ((close_by_handover, close_admin(1)), (close_admin(1), close_by_handover)):
        one, other = clash(app, case, first, second)
        assert one is None and other is not None
        with app.app_context(), as_system("import"):
            for pk in case.admins:
                db.session.get_one(Staff, pk).active = True
            db.session.commit()


def test_two_who_purge_at_once_get_a_sentence(app: Flask, case: Case) -> None:
    with app.app_context(), as_system("import"):
        db.session.delete(read(db.session, Customer, case.bare))
        db.session.commit()

    barrier, found = threading.Barrier(3), []

    def work() -> None:
        with acting(app, case.admins[0]) as session:
            row = the_bin.find_deleted("customer", str(case.bare))
            barrier.wait(10)
            try:
                the_bin.purge(row, "no longer wanted")
                found.append("")
            except RuleViolation as refusal:
                found.append(str(refusal))
            session.rollback()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(bool(text) for text in found) == [False, True, True]


def test_what_is_restored_while_it_is_purged_is_one_or_the_other(app: Flask, case: Case) -> None:
    for turn in range(8):
        with app.app_context(), as_system("import"):
            customer = make_customer(f"Deleted {turn} Ltd", db.session.get_one(Staff, case.people["south1"]), "lead")
            db.session.flush()
            pk = customer.id
            db.session.delete(customer)
            db.session.commit()
        barrier, outcome = threading.Barrier(2), {}

        def work(name: str, act: Callable[[Any], None], pk: int = pk, barrier: Any = barrier, outcome: Any = outcome) -> None:
            with acting(app, case.admins[0]):
                row = the_bin.find_deleted("customer", str(pk))
                barrier.wait(10)
                try:
                    act(row)
                    outcome[name] = True
                except RuleViolation:
                    outcome[name] = False

        threads = [threading.Thread(target=work, args=("restore", the_bin.restore)),
                   threading.Thread(target=work, args=("purge", lambda row: the_bin.purge(row, "no longer wanted")))]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        with app.app_context(), as_system():
            lives = db.session.scalars(select(Customer.id).where(Customer.id == pk)).first() is not None
        assert outcome == {"restore": lives, "purge": not lives}
