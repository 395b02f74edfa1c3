"""The working calendar in the database: what is seeded, what IT changes, what is read once; and its migration, there and back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade
from sqlalchemy import inspect, select

from app.core.access.viewer import acting_as, load_viewer
from app.core.web.modules import discover
from app.extensions import db
from app.seed.install import prepare
from app.staff.models import CalendarDay, WorkingHours
from app.staff.queries import count_working_hours, read_calendar

from ..factories import World
from ..forms import read_form
from ..test_query_budget import recording

YEAR = datetime(2025, 12, 31, 16), datetime(2026, 12, 31, 16)  # 2026 in Shanghai


def count(app: Flask) -> Decimal:
    """Return the working hours of 2026."""
    with app.app_context():
        return count_working_hours(read_calendar(db.session()), *YEAR)


def test_the_year_as_it_is_seeded(app: Flask, world: World, sign_in: Any) -> None:
    assert count(app) == 8 * 248
    page = sign_in("it").get("/calendar/").text
    assert "Holidays are entered until 2026-12-31. After that only the weekly hours count." in page
    assert "National Day" in page and "Works as a Wednesday" in page


def test_it_changes_hours_and_days(app: Flask, world: World, sign_in: Any) -> None:
    person = sign_in("it")
    with app.app_context():
        friday = db.session.scalars(select(WorkingHours.id).where(WorkingHours.weekday == "fri")).one()
    opened = read_form(person.get(f"/hours/edit/{friday}").text)
    assert person.post(f"/hours/edit/{friday}", {**opened, "ends_at": "17:00"}).status_code == 302
    fridays = 52 - 6 + 2  # less those off; two make-up days work as one
    assert count(app) == 8 * 248 - fridays
    half = person.post(f"/hours/edit/{friday}", {**opened, "row_version": "2", "ends_at": ""})
    assert half.status_code == 422 and "Enter both when work begins and when it ends" in half.text
    day = {"day": "2026-12-24", "works_as": "off", "name_zh": "公司日", "name_en": "Company day"}
    assert person.post("/calendar/add", day).status_code == 302
    assert count(app) == 8 * 247 - fridays
    again = person.post("/calendar/add", day)
    assert again.status_code == 422 and "This day is entered already." in again.text
    with app.app_context():
        made = db.session.scalars(select(CalendarDay.id).where(CalendarDay.day == date(2026, 12, 24))).one()
    assert person.post(f"/calendar/delete/{made}").status_code == 302
    assert count(app) == 8 * 248 - fridays


def test_the_calendar_is_read_once_and_anew_after_a_change(app: Flask, world: World, sign_in: Any) -> None:
    def read() -> tuple[int, int]:
        with app.app_context(), acting_as(load_viewer(world.people["south1"])), recording(app) as sent:
            found = read_calendar(db.session())
        return len(sent), len(found.days)

    assert read() == (2, 39)
    assert read() == (0, 39)
    day = {"day": "2027-01-01", "works_as": "off", "name_zh": "元旦", "name_en": "New Year"}
    assert sign_in("it").post("/calendar/add", day).status_code == 302
    assert read() == (2, 40)


def test_the_tables_are_migrated_down_and_up_again(app: Flask, world: World) -> None:
    with app.app_context():
        db.session.remove()
        downgrade(revision="0008")
        found = inspect(db.engine)
        assert not {"absence", "working_hours", "calendar_day"} & {*found.get_table_names()}
        assert "manager_id" not in {column["name"] for column in found.get_columns("department")}
        prepare(discover("app"))
        with db.engine.connect() as connection:
            differences = compare_metadata(MigrationContext.configure(connection), db.metadata)
        ours = [repr(entry) for entry in differences]
        assert not [entry for entry in ours for name in ("absence", "working_hours", "calendar_day", "department") if f"'{name}'" in entry]
    assert count(app) == 8 * 248  # seeded again
