"""A Flask-AppBuilder 5.3 application as its documentation shows it: default templates, search forms and relations.

DATABASE_URL=postgresql+psycopg://… gunicorn stock:app        python bench/stock.py postgresql://… 100000   (fill)
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
from company import ACTIVITIES, CHEAP_HASH, MAX_ACTIVITIES, PASSWORD, SALESPEOPLE, copy_rows, is_signed, make_name, make_phone
from flask import Flask, g
from flask_appbuilder import AppBuilder, Model, ModelRestApi, ModelView
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.filters import FilterEqualFunction
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.sqla.models import User
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Column, Date, DateTime, ForeignKey, Integer, Numeric, String, Text
from sqlalchemy.orm import relationship
from werkzeug.security import generate_password_hash

db = SQLA()


class Status(Model):
    """A customer's status."""

    __tablename__ = "status"
    id = Column(Integer, primary_key=True)
    name = Column(String(50), unique=True, nullable=False)

    def __repr__(self) -> str:
        return self.name


class Customer(Model):
    """A customer."""

    __tablename__ = "customer"
    id = Column(Integer, primary_key=True)
    number = Column(String(20), unique=True, nullable=False)
    name = Column(String(200), nullable=False)
    status_id = Column(Integer, ForeignKey("status.id"), nullable=False)
    status = relationship("Status")
    owner_id = Column(Integer, ForeignKey("ab_user.id"), nullable=False)
    owner = relationship(User)
    region = Column(String(60))
    phone = Column(String(40))
    next_follow_up = Column(Date)

    def __repr__(self) -> str:
        return self.name


class Contract(Model):
    """A contract of a customer."""

    __tablename__ = "contract"
    id = Column(Integer, primary_key=True)
    number = Column(String(20), unique=True, nullable=False)
    title = Column(String(200), nullable=False)
    customer_id = Column(Integer, ForeignKey("customer.id"), nullable=False)
    customer = relationship("Customer")
    amount = Column(Numeric(15, 2))
    start_on = Column(Date)
    end_on = Column(Date)

    def __repr__(self) -> str:
        return self.number


class Activity(Model):
    """A contact with a customer."""

    __tablename__ = "activity"
    id = Column(Integer, primary_key=True)
    customer_id = Column(Integer, ForeignKey("customer.id"), nullable=False)
    customer = relationship("Customer")
    author_id = Column(Integer, ForeignKey("ab_user.id"), nullable=False)
    author = relationship(User)
    happened_at = Column(DateTime, nullable=False)
    text = Column(Text, nullable=False)

    def __repr__(self) -> str:
        return self.text


def get_user() -> User:
    """Return who is signed in, as the documentation's example does."""
    return g.user


class ActivityModelView(ModelView):
    """Activities."""

    datamodel = SQLAInterface(Activity)
    list_columns = ["customer", "author", "happened_at", "text"]


class ContractModelView(ModelView):
    """Contracts."""

    datamodel = SQLAInterface(Contract)
    list_columns = ["number", "title", "customer", "amount", "end_on"]


class StatusModelView(ModelView):
    """Statuses."""

    datamodel = SQLAInterface(Status)


class CustomerModelView(ModelView):
    """All customers."""

    datamodel = SQLAInterface(Customer)
    related_views = [ContractModelView, ActivityModelView]
    list_columns = ["name", "number", "status", "owner", "region", "next_follow_up"]
    show_columns = add_columns = edit_columns = ["number", "name", "status", "owner", "region", "phone", "next_follow_up"]


class MyCustomerModelView(CustomerModelView):
    """One's own customers."""

    datamodel = SQLAInterface(Customer)
    base_filters = [["owner", FilterEqualFunction, get_user]]


class CustomerApi(ModelRestApi):
    """Customers over REST, which is what FAB 5 offers a picker."""

    resource_name = "customer"
    datamodel = SQLAInterface(Customer)
    allow_browser_login = True
    list_columns = ["id", "name", "number"]


def make_app(url: str, *, prepare: bool = False) -> Flask:
    """Return the application; `prepare` lets it write its tables and permissions at the start."""
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=url, SECRET_KEY=os.environ.get("SECRET_KEY", "only-for-the-bench"), WTF_CSRF_ENABLED=True,
        APP_NAME="Stock", FAB_CREATE_DB=prepare, FAB_UPDATE_PERMS=prepare,
    )  # fmt: skip
    db.init_app(app)
    CSRFProtect(app)
    with app.app_context():
        appbuilder = AppBuilder(app, db.session)
        appbuilder.add_view(CustomerModelView, "Customers", category="Desk")
        appbuilder.add_view(MyCustomerModelView, "My customers", category="Desk")
        appbuilder.add_view(ContractModelView, "Contracts", category="Desk")
        appbuilder.add_view(ActivityModelView, "Activities", category="Desk")
        appbuilder.add_view(StatusModelView, "Statuses", category="Desk")
        appbuilder.add_api(CustomerApi)
        if prepare:
            Model.metadata.create_all(db.engine)
    return app


def make_people(app: Flask, names: list[str], password: str) -> list[int]:
    """Make an administrator and the salespeople, who may do all the desk offers; return the salespeople's ids."""
    hashed = generate_password_hash(password, CHEAP_HASH)
    with app.app_context():
        security = app.appbuilder.sm
        role = security.add_role("Sales")
        for view in ("CustomerModelView", "MyCustomerModelView", "ContractModelView", "ActivityModelView"):
            for action in ("can_list", "can_show", "can_add", "can_edit"):
                security.add_permission_role(role, security.find_permission_view_menu(action, view))
        security.add_permission_role(role, security.find_permission_view_menu("can_get", "CustomerApi"))
        for menu in ("My customers", "Contracts", "Activities", "Desk"):
            security.add_permission_role(role, security.find_permission_view_menu("menu_access", menu))
        security.add_user("admin", "Ad", "Min", "admin@example.com", security.find_role("Admin"), hashed_password=hashed)
        return [
            security.add_user(name, f"Person{n}", "Seller", f"{name}@example.com", role, hashed_password=hashed).id
            for n, name in enumerate(names, 1)
        ]


def make_tables(count: int, people: list[int]) -> dict[str, tuple[str, Iterator[tuple[Any, ...]]]]:
    """Return table -> (columns, rows) with the amounts of load.py."""
    today, now = date.today(), datetime.now().replace(microsecond=0)
    regions = ("South", "East", "North", "West", "Overseas")
    owner = lambda key: people[key % len(people)]  # noqa: E731 - three uses, one line
    customers = (
        (key, f"C{key:07}", make_name(key), 4 if is_signed(key) else 5 if key % 20 == 0 else key % 3 + 1, owner(key), regions[key % 5],
         make_phone(key), today + timedelta(days=key % 60) if key % 2 else None)
        for key in range(1, count + 1)
    )  # fmt: skip
    contracts = (
        (n, f"HT2026{n:06}", f"{make_name(key)} hosting", key, 1000 + n % 90_000, today, today + timedelta(days=364))
        for n, key in enumerate(filter(is_signed, range(1, count + 1)), 1)
    )
    activities = (
        (
            n * count + key,
            key,
            owner(key),
            now - timedelta(minutes=(n * count + key) * 7 % 525_600),
            f"Spoke about prices, call {n * count + key}",
        )
        for n in range(min(ACTIVITIES, MAX_ACTIVITIES // count))
        for key in range(1, count + 1)
    )
    statuses = iter(enumerate(("Entered", "First contact", "In negotiation", "Signed", "Terminated"), 1))
    return {
        "status": ("id name", statuses),
        "customer": ("id number name status_id owner_id region phone next_follow_up", customers),
        "contract": ("id number title customer_id amount start_on end_on", contracts),
        "activity": ("id customer_id author_id happened_at text", activities),
    }


def fill(url: str, count: int) -> None:
    """Make the tables and fill them with the same amounts as the product's."""
    app = make_app(url.replace("postgresql://", "postgresql+psycopg://"), prepare=True)
    people = make_people(app, [f"sales{n}" for n in range(1, SALESPEOPLE + 1)], PASSWORD)
    with psycopg.connect(url) as connection:
        for table, (columns, rows) in make_tables(count, people).items():
            copy_rows(connection, table, columns.split(), rows)
            connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    fill(sys.argv[1], int(sys.argv[2]))
else:
    app = make_app(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"))
