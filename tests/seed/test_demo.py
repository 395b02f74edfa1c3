"""The demo company keeps what it promises. One company for the whole file: the tests only read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.activities.models import Activity
from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.core.base import clock
from app.core.writes.history import HistoryEntry
from app.core.writes.numbering import IssuedNumber
from app.customers.models import Contact, Customer, Status
from app.customers.rules import clean_credit_code
from app.extensions import db
from app.seed import demo
from app.staff.models import Staff
from app.tickets.models import Ticket, TicketComment

from ..conftest import Browser

CUSTOMERS = 40
ROLES = {
    "Salesperson": [f"sales{n}" for n in range(1, 10)],
    "Regional manager": ["manager1", "manager2", "manager3"],
    "Maintenance": ["service1", "service2", "service3", "service4"],
    "Head of maintenance": ["servicehead"],
    "Management": ["director", "director2"],
    "IT": ["it", "it2"],
    "Admin": ["admin"],
}
HEAD_OFFICE = ("director", "director2", "it", "it2", "admin")
NUMBERED = {"customer": Customer, "contract": Contract, "ticket": Ticket}


@pytest.fixture(scope="module")
def company(make_fresh: Callable[[], Flask]) -> Flask:
    app = make_fresh()
    with app.app_context():
        demo.fill(CUSTOMERS)
    return app


@pytest.fixture
def session(company: Flask) -> Iterator[Any]:
    with company.app_context(), as_system("import"):
        yield db.session


def read_people(session: Any) -> dict[int, str]:
    return {row.id: row.username for row in session.scalars(select(Staff))}


def test_every_role_has_its_people(session: Any) -> None:
    found: dict[str, list[str]] = {}
    for person in session.scalars(select(Staff).order_by(Staff.username)):
        for role in person.roles:
            found.setdefault(role.name, []).append(person.username)
    assert found == ROLES


def test_three_regions_lie_under_the_head_office_and_each_has_its_manager(session: Any) -> None:
    people = {person.username: person.department for person in session.scalars(select(Staff))}
    assert [people[f"sales{n}"].name_en for n in range(1, 10)] == ["South"] * 3 + ["East"] * 3 + ["North"] * 3
    assert [people[f"manager{n}"].name_zh for n in (1, 2, 3)] == ["华南区", "华东区", "华北区"]
    assert {people[f"service{n}"].name_zh for n in (1, 2, 3, 4)} == {"后端维护"}
    assert {department.parent.name_zh for name, department in people.items() if name not in HEAD_OFFICE} == {"总部"}
    assert {people[name].name_zh for name in HEAD_OFFICE} == {"总部"}


def test_people_have_chinese_names_and_demo_addresses(session: Any) -> None:
    people = list(session.scalars(select(Staff).where(Staff.username != "admin")))
    assert all(not person.last_name.isascii() and person.name == person.last_name + person.first_name for person in people)
    assert {person.email for person in session.scalars(select(Staff))} == {
        f"{name}@demo.example" for names in ROLES.values() for name in names
    }


@pytest.mark.parametrize("username", ["sales1", "sales9", "manager2", "service4", "director", "it", "admin"])
def test_accounts_sign_in_with_the_demo_password_and_need_not_change_it(company: Flask, username: str) -> None:
    browser = Browser(company).sign_in(username, "countersign")
    assert browser.get("/").status_code == 200


def test_the_text_names_accounts_and_password() -> None:
    assert all(word in demo.TEXT for word in ("sales1", "manager1", "service1", "servicehead", "director", "it,", "admin", "countersign"))
    assert len(demo.TEXT.splitlines()) <= 3


@pytest.mark.parametrize("code", NUMBERED)
def test_numbers_run_without_a_gap(session: Any, code: str) -> None:
    numbers = sorted(session.scalars(select(NUMBERED[code].number)))
    ledger = session.execute(select(IssuedNumber.sequence, IssuedNumber.number).where(IssuedNumber.code == code).order_by("sequence")).all()
    assert [row.sequence for row in ledger] == list(range(1, len(numbers) + 1))
    assert [row.number for row in ledger] == numbers
    assert len(numbers) >= 10


def test_customers_are_as_many_as_asked_and_stand_in_all_five_statuses(session: Any) -> None:
    found = Counter(session.scalars(select(Status.name_zh).join(Customer, Customer.status_id == Status.id)))
    assert found.total() == CUSTOMERS
    assert set(found) == {"完成录入", "初步接触", "洽谈中", "签约", "解约"}
    assert {row.owner.username for row in session.scalars(select(Customer))} == set(ROLES["Salesperson"])


def test_customers_have_unique_chinese_and_english_names_and_a_primary_contact_with_a_phone(session: Any) -> None:
    rows = list(session.scalars(select(Customer)))
    assert len({row.name for row in rows}) == CUSTOMERS
    assert any(row.name.isascii() for row in rows)
    assert sum(not row.name.isascii() for row in rows) > CUSTOMERS / 2
    primaries = Counter(session.scalars(select(Contact.customer_id).where(Contact.is_primary, Contact.phone != "")))
    assert primaries == {row.id: 1 for row in rows}
    assert all(row.industry_id and row.region_id and row.source_id for row in rows)


def test_most_customers_have_a_valid_credit_code(session: Any) -> None:
    codes = [code for code in session.scalars(select(Customer.credit_code)) if code]
    assert CUSTOMERS / 2 < len(codes) < CUSTOMERS
    assert [clean_credit_code(code) for code in codes] == codes


def test_only_signed_customers_have_contracts_and_tickets(session: Any) -> None:
    for model in (Contract, Ticket):
        stages = set(session.scalars(select(Customer.stage).join(model, model.customer_id == Customer.id)))
        assert stages == {"signed"}


def test_contracts_stand_in_every_state_and_some_renew_another(session: Any) -> None:
    rows = {row.id: row for row in session.scalars(select(Contract))}
    assert {row.state for row in rows.values()} == {"in_force", "expired", "terminated", "void", "draft"}
    renewals = [row for row in rows.values() if row.renews_id is not None]
    assert renewals
    assert all(row.start_on == rows[row.renews_id].end_on + timedelta(days=1) for row in renewals)
    assert all(row.status_reason for row in rows.values() if row.status in ("void", "terminated"))
    void = {row.number for row in rows.values() if row.status == "void"}
    assert set(session.scalars(select(IssuedNumber.number).where(IssuedNumber.fate == "void"))) == void
    assert Counter(row.currency for row in rows.values()).most_common(1)[0][0] == "CNY"


def test_activities_lie_in_office_hours_of_the_last_twelve_months(session: Any) -> None:
    rows = list(session.scalars(select(Activity)))
    assert 5 <= len(rows) / CUSTOMERS <= 11
    walls = [clock.to_local(row.happened_at) for row in rows]
    assert all(9 <= wall.hour < 18 and wall.weekday() < 5 for wall in walls)
    assert min(walls).date() >= clock.today() - timedelta(days=367)
    assert all(row.happened_at <= row.entered_at <= clock.now() for row in rows)
    assert {row.kind.code for row in rows} >= {"call", "visit", "mail", "message", "meeting"}


def test_authors_are_salespeople_of_the_customers_region_mostly_the_owner(session: Any) -> None:
    rows = list(session.scalars(select(Activity)))
    assert all(row.author.username in ROLES["Salesperson"] for row in rows)
    assert all(row.author_department_id == row.author.department_id == row.department_id for row in rows)
    assert len(rows) / 2 < sum(row.author_id == row.owner_id for row in rows) < len(rows)


def test_tickets_are_worked_on_by_maintenance(session: Any) -> None:
    people = read_people(session)
    rows = list(session.scalars(select(Ticket)))
    assert {people[row.assignee_id] for row in rows if row.assignee_id is not None} <= set(ROLES["Maintenance"])
    assert all(row.assignee_id is not None for row in rows if row.status != "open")
    assert all(row.reported_at <= row.resolved_at <= clock.now() for row in rows if row.status in ("resolved", "closed"))
    assert all(row.due_at == row.reported_at + timedelta(hours=row.priority.hours) for row in rows)
    comments = list(session.scalars(select(TicketComment)))
    assignees = {row.id: row.assignee_id for row in rows}
    assert comments
    assert all(row.created_by_id == assignees[row.record_id] for row in comments)


def test_every_record_has_its_history(session: Any) -> None:
    for model in (Customer, Contact, Activity, Contract, Ticket, TicketComment):
        added = set(session.scalars(select(HistoryEntry.row_id).where(HistoryEntry.model == model.__name__, HistoryEntry.kind == "add")))
        assert added == set(session.scalars(select(model.id)))
    assert set(session.scalars(select(HistoryEntry.way).where(HistoryEntry.model == "Customer"))) == {"demo"}


def count_rows(session: Any) -> dict[str, int]:
    tables = db.metadata.sorted_tables
    return {table.name: session.connection().execute(select(func.count()).select_from(table)).scalar_one() for table in tables}


def test_filling_twice_changes_nothing(session: Any) -> None:
    before = count_rows(session), session.scalar(select(Staff.password).where(Staff.username == "sales1"))
    session.remove()
    assert demo.fill(CUSTOMERS) == demo.TEXT
    assert (count_rows(session), session.scalar(select(Staff.password).where(Staff.username == "sales1"))) == before
