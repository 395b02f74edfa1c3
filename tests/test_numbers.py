"""Contract numbers: unique, consecutive, of fixed length, never reused, with many processes and roll-backs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.core.base import clock
from app.core.base.errors import RuleViolation
from app.core.writes import numbering
from app.core.writes.numbering import IssuedNumber, NumberSeries
from app.customers.models import Customer
from app.extensions import db

from .conftest import Databases, make_test_settings
from .factories import World, make_contract


@pytest.mark.parametrize(("processes", "each"), [(4, 50), pytest.param(8, 25, marks=pytest.mark.slow)])
@pytest.mark.slow
def test_processes_with_roll_backs_leave_no_gap_and_no_double(
    app: Flask, world: World, databases: Databases, processes: int, each: int
) -> None:
    settings = make_test_settings(databases.folder, databases.url)
    plain = {name: value for name, value in settings.items() if isinstance(value, str | int | float | bool | list | type(None))}
    given = json.dumps({"settings": plain, "customer": world.signed["south1"], "count": each})
    root = Path(__file__).parent.parent
    command = [sys.executable, "-W", "ignore", "-m", "tests.issue_numbers"]
    running = [
        subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write(given)
        process.stdin.close()
        process.stdin = None
    numbers: list[str] = []
    for process in running:
        out, errors = process.communicate(timeout=200)
        assert process.returncode == 0, errors[-2000:]
        numbers += json.loads(out.splitlines()[-1])
    kept = processes * (each - each // 10)
    assert len(set(numbers)) == len(numbers) == kept
    assert {len(number) for number in numbers} == {12}
    with app.app_context():
        prefix = f"HT{clock.today().year}"
    assert {number[:6] for number in numbers} == {prefix}
    sequence = sorted(int(number[6:]) for number in numbers)
    assert sequence == list(range(4, 4 + kept))  # the company's three contracts came before
    with app.app_context(), as_system():
        ledger = select(IssuedNumber.sequence).where(IssuedNumber.code == "contract").order_by(IssuedNumber.sequence)
        assert list(db.session.scalars(ledger)) == list(range(1, 4 + kept))
        assert read_series("contract").last_value == 3 + kept
        assert db.session.scalar(select(func.count()).select_from(Contract)) == 3 + kept


def read_series(code: str) -> NumberSeries:
    """Return the present row of a series."""
    statement = select(NumberSeries).where(NumberSeries.code == code).order_by(NumberSeries.year.desc())
    return db.session.scalars(statement.execution_options(populate_existing=True)).first()  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("pattern", "length"),
    [("HT{year}{seq:06}", 12), ("K-{seq:05}", 7), ("{seq:01}", 1), ("{year}{seq:09}", 13), ("ABCDEFGHIJ12{year}{seq:04}", 20)],
)
def test_a_pattern_is_prefix_year_and_sequence(pattern: str, length: int) -> None:
    assert numbering.measure(pattern) == length
    assert len(numbering.compose(pattern, 2026, 7)) == length


@pytest.mark.parametrize(
    "pattern",
    ["", "HT", "HT{year}", "{seq}", "{seq:6}", "{seq:00}", "ht{seq:06}", "HT{seq:06}{year}", "{seq:06}X", "HT{year.__class__}{seq:06}",
     "HT{0}{seq:06}", "H T{seq:06}", "HT{year}{seq:06}\n", "签{seq:06}", "ABCDEFGHIJKLM{seq:06}", "{seq:010}"],
)  # fmt: skip
def test_other_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(RuleViolation) as refusal:
        numbering.measure(pattern)
    assert refusal.value.field == "pattern"


def test_a_used_up_series_refuses_and_takes_nothing(system: Any, world: World) -> None:
    series = read_series("contract")
    table = NumberSeries.__table__
    system.connection().execute(update(table).where(table.c.id == series.id).values(last_value=999_999))
    system.commit()
    make_contract(system.get_one(Customer, world.signed["south1"]))
    with pytest.raises(RuleViolation) as refusal:
        system.flush()
    assert str(refusal.value) == str(numbering.SERIES_FULL)
    system.rollback()
    assert read_series("contract").last_value == 999_999


def test_a_new_year_begins_at_one_with_the_same_pattern_and_length(system: Any, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    next_year = clock.today().year + 1
    monkeypatch.setattr(clock, "today", lambda: date(next_year, 1, 1))
    first = make_contract(system.get_one(Customer, world.signed["south1"]))
    system.flush()
    second = make_contract(system.get_one(Customer, world.signed["south2"]))
    system.commit()
    assert [first.number, second.number] == [f"HT{next_year}000001", f"HT{next_year}000002"]
    years = system.execute(
        select(NumberSeries.year, NumberSeries.length).where(NumberSeries.code == "contract").order_by(NumberSeries.year)
    )
    assert years.all() == [(next_year - 1, 12), (next_year, 12)]


def test_length_and_pattern_are_fixed_by_the_first_issue(system: Any) -> None:
    series = read_series("contract")
    series.pattern = "XX{year}{seq:06}"  # same length, but this year is in use
    with pytest.raises(RuleViolation) as refusal:
        system.flush()
    assert str(refusal.value) == str(numbering.SERIES_IN_USE)
    system.rollback()
    next_year = clock.today().year + 1
    system.add(NumberSeries(code="contract", year=next_year, pattern="HT{year}{seq:07}"))
    with pytest.raises(RuleViolation) as refusal:
        system.flush()
    assert "12" in str(refusal.value)
    system.rollback()
    system.add(NumberSeries(code="contract", year=next_year, pattern="CT{year}{seq:06}"))
    system.commit()
    assert read_series("contract").length == 12


@pytest.mark.parametrize("name", ["code", "year", "last_value"])
def test_a_series_key_and_counter_are_nobodys_to_set(system: Any, name: str) -> None:
    series = read_series("contract")
    setattr(series, name, {"code": "other", "year": 1999, "last_value": 0}[name])
    with pytest.raises(RuleViolation):
        system.flush()
    system.rollback()


def test_a_void_number_keeps_its_place(system: Any, world: World) -> None:
    draft = make_contract(system.get_one(Customer, world.signed["south1"]), status="draft")
    system.commit()
    number = draft.number
    draft.status, draft.status_reason = "void", "typed twice"
    system.commit()
    following = make_contract(system.get_one(Customer, world.signed["south1"]))
    system.commit()
    assert int(following.number[6:]) == int(number[6:]) + 1
    line = system.scalars(select(IssuedNumber).where(IssuedNumber.number == number).execution_options(populate_existing=True)).one()
    assert (line.fate, line.reason) == ("void", "typed twice")


def test_a_deleted_customer_keeps_its_number(system: Any, world: World) -> None:
    customer = system.get_one(Customer, world.lead["south1"])
    number = customer.number
    system.delete(customer)
    system.commit()
    other = Customer(name="Next Ltd", status_id=customer.status_id, owner_id=world.people["south1"])
    system.add(other)
    system.commit()
    assert other.number > number
    assert system.scalar(select(IssuedNumber.fate).where(IssuedNumber.number == number)) == "used"


def test_nobody_sets_or_changes_a_number(system: Any, world: World) -> None:
    contract = make_contract(system.get_one(Customer, world.signed["south1"]), number="HT2026999999")
    system.commit()
    assert contract.number == f"HT{clock.today().year}000004"
    contract.number = "HT2026000001"
    with pytest.raises(RuleViolation):
        system.flush()
    system.rollback()


@pytest.mark.parametrize(
    ("number", "length"), [("HT202600999", 12), ("HT20260099999", 12), ("", 12), ("HT20260099999", 13), ("HT202600999", 11)]
)
def test_the_database_refuses_a_wrong_length_and_a_wrong_series(system: Any, number: str, length: int) -> None:
    line = {"number": number, "code": "contract", "year": clock.today().year, "length": length, "sequence": 999, "issued_at": clock.now()}
    with pytest.raises(IntegrityError):
        system.connection().execute(insert(IssuedNumber.__table__).values(**line, fate="used", reason=""))
    system.rollback()


def test_the_database_refuses_a_number_outside_the_ledger_or_twice(system: Any, world: World) -> None:
    table = Contract.__table__
    for number in ("HT2026777777", system.scalar(select(Contract.number).where(Contract.id == world.contract["south2"]))):
        with pytest.raises(IntegrityError):
            system.connection().execute(update(table).where(table.c.id == world.contract["south1"]).values(number=number))
        system.rollback()


def test_a_series_without_years_shows_none(app: Flask, sign_in: Any) -> None:
    with app.app_context(), as_system():
        yearless = db.session.scalars(select(NumberSeries).where(NumberSeries.year == 0)).first()
        assert yearless is not None
        pk = yearless.id
    browser = sign_in("it")
    page = browser.get("/series/").text
    assert "<td>0" not in page.replace('<td class="num">', "") and f"<td>{read_year(app)}" in page
    assert re.search(r"<dt>Year</dt>\s*<dd[^>]*>\s*–\s*</dd>", browser.get(f"/series/show/{pk}").text)


def read_year(app: Flask) -> int:
    """Return the year that numbers of today carry."""
    with app.app_context():
        return clock.today().year
