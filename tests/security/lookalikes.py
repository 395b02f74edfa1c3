"""Names that read like another, and the kinds of rows that are told apart by a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask_appbuilder.security.sqla.models import Group, Role
from sqlalchemy import select

from app.core.access.viewer import as_system
from app.core.writes.option_sets import Choice
from app.customers.models import Status
from app.extensions import db
from app.staff.models import Department, Staff
from app.tickets.models import Priority

from .steps import read_person

WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
SPELLINGS: dict[str, Callable[[str], str]] = {
    "the same": lambda name: name,
    "capitals": str.upper,
    "full width": lambda name: name.translate(WIDE),
    "a blank behind": lambda name: name + " ",
    "a wide blank before": lambda name: "\u3000" + name,
    "a zero-width blank": lambda name: name[:1] + "\u200b" + name[1:],
    "a soft hyphen": lambda name: name[:2] + "\u00ad" + name[2:],
    "a variation selector": lambda name: name + "\ufe0f",
    "a Hangul filler": lambda name: name + "\u3164",
    "a turned direction": lambda name: "\u202e" + name,
}


@dataclass(frozen=True)
class Kind:
    """One kind of row: the screen, the field, a name that is taken, and what else the form sends."""

    model: Any
    screen: str
    field: str
    taken: str
    renamed: str  # a name that another row has now, under which the form renames it
    others: dict[str, Any] = field(default_factory=dict)
    named_by: str = ""  # the column in which `renamed` stands, if another
    fresh: str = "Quite new"
    is_plain: bool = False


PERSON = {"last_name": "", "first_name": "New", "username": "newcomer", "email": "newcomer@example.com", "phone": "", "active": "y"}
ENTRY = {"name_zh": "崭新", "name_en": "Brand new", "position": "5", "is_active": "y"}
KINDS = {
    "user name": Kind(Staff, "/staff", "username", "north1", "south1", PERSON, fresh="fresh.name", is_plain=True),
    "user name that is a mail": Kind(Staff, "/staff", "username", "north1@example.com", "south1", PERSON, fresh="fresh@example.com"),
    "mail": Kind(Staff, "/staff", "email", "north1@example.com", "south1", PERSON, "username", fresh="fresh@example.com"),
    "role": Kind(Role, "/roles", "name", "Maintenance", "Management", is_plain=True),
    "group": Kind(Group, "/groups", "name", "first group", "second group", {"label": "", "description": ""}, is_plain=True),
    "department": Kind(Department, "/departments", "name_en", "north", "south", ENTRY),
    "department in Chinese": Kind(Department, "/departments", "name_zh", "north 部", "south", ENTRY, "name_en"),
    "department crossed": Kind(Department, "/departments", "name_zh", "north", "south", ENTRY, "name_en"),
    "status": Kind(Status, "/statuses", "name_en", "First contact", "In negotiation", {**ENTRY, "stage": "lead", "tone": "grey"}),
    "priority": Kind(Priority, "/priorities", "name_en", "Urgent", "High", {**ENTRY, "hours": "7", "tone": "grey"}),
    "entry of a list": Kind(Choice, "/lists", "name_en", "Trade fair", "Cold call", {**ENTRY, "list_code": "source"}),
}


def prepare(app: Flask) -> None:
    """Add what the test company lacks: two groups."""
    with app.app_context(), as_system("import"):
        db.session.add_all([Group(name=name, label="", description="") for name in ("first group", "second group")])
        db.session.commit()


def find_parent(app: Flask) -> int:
    """Return the head office's id."""
    with app.app_context():
        return db.session.scalars(select(Department.id).where(Department.name_en == "Head office")).one()


def find_renamed(app: Flask, kind: Kind) -> tuple[int, dict[str, Any]]:
    """Return the id of the row that is to be renamed, and what its form sends besides."""
    with app.app_context(), as_system("import"):
        row = db.session.scalars(select(kind.model).where(getattr(kind.model, kind.named_by or kind.field) == kind.renamed)).one()
        row_id, version = row.id, getattr(row, "row_version", None)
    fields = read_person(app, row_id) if kind.model is Staff else {**make_fields(app, kind), "row_version": version}
    return row_id, fields


def make_fields(app: Flask, kind: Kind) -> dict[str, Any]:
    """Return what the form of a new row sends besides the name."""
    return {**kind.others, **({"parent": find_parent(app)} if kind.model is Department else {})}


def make_values(app: Flask, kind: Kind) -> dict[str, Any]:
    """Return the columns of a new row besides its name, as somebody writes it in a session of their own."""
    values = {key: value for key, value in make_fields(app, kind).items() if key != "parent"}
    values |= {key: True for key in ("active", "is_active") if key in values}
    values |= {key: int(values[key]) for key in ("position", "hours") if key in values}
    if kind.model is Department:
        values["parent_id"] = find_parent(app)
    return values | ({"code": "brand_new"} if kind.model is Choice else {})
