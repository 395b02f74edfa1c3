"""Loading a sales team's files: every clause on small files of the same shape, laid beside the test company."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.activities.models import Activity
from app.contracts.models import Contract
from app.core.access.viewer import acting_as, as_system
from app.core.base import clock
from app.customers.models import Customer
from app.extensions import db
from app.seed.errors import SeedRefused
from app.staff import signin
from app.staff.models import Department, InstallationValue, Staff
from app.tickets.models import Ticket

from ..conftest import Databases
from .maven_sample import ACCOUNTS, DEALS, LEFT_OUT, OWNERS, TEAM, WON, write_file

sys.path.append(str(Path(__file__).parents[2] / "bench"))  # where the program finds its second file

import maven

PROGRAM = Path(maven.__file__)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_file(tmp_path, "accounts.csv", ACCOUNTS)
    write_file(tmp_path, "sales_teams.csv", TEAM)
    write_file(tmp_path, "sales_pipeline.csv", DEALS)
    return tmp_path


@pytest.fixture
def report(app: Flask, folder: Path) -> list[str]:
    with app.app_context():
        return maven.load(folder, Path(app.config["DATA_DIR"]))


@pytest.fixture
def session(app: Flask, report: list[str]) -> Iterator[Any]:
    with app.app_context(), as_system("import"):
        yield db.session


def read_customers(session: Any) -> dict[str, Customer]:
    return {row.name: row for row in session.scalars(select(Customer).where(Customer.name.in_([line[0] for line in ACCOUNTS])))}


def read_contracts(session: Any) -> dict[str, Contract]:
    ids = [row.id for row in read_customers(session).values()]
    return {row.title.split()[-1]: row for row in session.scalars(select(Contract).where(Contract.customer_id.in_(ids)))}


def find_staff(session: Any, username: str) -> Staff:
    found = session.scalars(select(Staff).where(Staff.username == username)).one()
    assert isinstance(found, Staff)
    return found


def test_agents_and_managers_become_staff_of_their_office(session: Any) -> None:
    head = session.scalars(select(Department).where(Department.parent_id.is_(None))).one()
    found = {}
    for name in ("ann.able", "bob.baker", "mei-mei.cole", "dan.dow", "director2", "max.boss", "nia.chief"):
        person = find_staff(session, name)
        assert person.department.parent_id == head.id
        assert person.active
        found[name] = (person.name, person.department.name_en, [role.name for role in person.roles])
    assert found == {
        "ann.able": ("Ann Able", "Central", ["Salesperson"]),
        "bob.baker": ("Bob Baker", "Central", ["Salesperson"]),
        "mei-mei.cole": ("Mei-Mei Cole", "East", ["Salesperson"]),
        "dan.dow": ("Dan Dow", "East", ["Salesperson"]),
        "director2": ("Director", "East", ["Salesperson"]),  # “director” is somebody of the test company
        "max.boss": ("Max Boss", "Central", ["Regional manager"]),
        "nia.chief": ("Nia Chief", "East", ["Regional manager"]),
    }


def test_an_account_is_closed_until_it_gives_a_one_time_code(app: Flask, report: list[str], stranger: Any) -> None:
    for password in ("countersign", "ann.able", "None"):
        assert stranger.post("/login/", {"username": "ann.able", "password": password}).status_code == 401
        assert stranger.get("/customers/").status_code == 302
    with app.app_context(), as_system("import"):
        code = signin.issue_code(find_staff(db.session, "ann.able"))
        db.session.commit()
    answer = stranger.post("/login/", {"username": "ann.able", "password": code})
    assert answer.status_code == 302
    assert stranger.get("/customers/").headers["Location"].startswith("/profile/password")


def test_the_owner_is_the_agent_of_the_latest_won_deal(session: Any) -> None:
    assert {name: row.owner.username for name, row in read_customers(session).items()} == OWNERS


def test_accounts_that_won_are_signed_and_the_others_stay_leads(session: Any) -> None:
    stages = {name: row.stage for name, row in read_customers(session).items()}
    assert stages == {"Acme": "signed", "Beta": "signed", "Gamma": "signed", "Delta": "lead", "Epsilon": "lead", "Zeta": "lead"}


def test_won_deals_become_contracts_of_one_year_in_dollars(session: Any) -> None:
    rows = read_contracts(session)
    assert {key: row.amount for key, row in rows.items()} == {key: Decimal(value) for key, value in WON.items()}
    assert {row.currency for row in rows.values()} == {"USD"}
    assert {(row.status, row.state) for row in rows.values()} == {("in_force", "expired")}
    first, leap = rows["A1"], rows["G1"]
    assert (first.signed_on, first.start_on, first.end_on) == (date(2017, 3, 1), date(2017, 3, 1), date(2018, 3, 1))
    assert (leap.start_on, leap.end_on) == (date(2016, 2, 29), date(2017, 2, 28))
    assert all(row.owner_id == row.customer.owner_id and row.department_id == row.customer.department_id for row in rows.values())


def test_contract_numbers_follow_the_close_dates(session: Any) -> None:
    rows = sorted(read_contracts(session).items(), key=lambda pair: pair[1].number)
    assert [key for key, _ in rows] == ["G1", "G2", "B3", "A1", "A3", "A2", "B1", "B2"]
    places = [int(row.number[-6:]) for _, row in rows]
    assert places == list(range(places[0], places[0] + 8))


def test_lost_and_engaged_deals_become_activities_of_their_agent_on_their_date(session: Any) -> None:
    ids = [row.id for row in read_customers(session).values()]
    rows = session.scalars(select(Activity).where(Activity.customer_id.in_(ids)))
    found = {(row.text.split()[1], row.customer.name, row.author.username, clock.to_local(row.happened_at), row.result) for row in rows}
    assert found == {
        ("A4", "Acme", "ann.able", datetime(2017, 5, 1, 9), "Lost"),
        ("B4", "Beta", "mei-mei.cole", datetime(2017, 7, 15, 9), "Engaging"),
        ("D1", "Delta", "dan.dow", datetime(2017, 2, 1, 9), "Lost"),
        ("D2", "Delta", "ann.able", datetime(2017, 3, 5, 9), "Engaging"),
    }


def test_misspellings_are_corrected_and_reported(session: Any, report: list[str]) -> None:
    rows = read_customers(session)
    assert (rows["Acme"].industry.name_en, rows["Acme"].industry.name_zh) == ("Technology", "科技")
    assert rows["Zeta"].industry.name_en == "Beekeeping"
    assert (rows["Beta"].address, rows["Beta"].remark) == (
        "Philippines", "Established 1999; revenue 251.41 million USD; 495 employees; subsidiary of Acme",
    )  # fmt: skip
    assert read_contracts(session)["A1"].title == "GTX Pro A1"
    assert [line for line in report if line.startswith("Corrected")] == [
        "Corrected: office_location “Philipines” to “Philippines”, 1 rows",
        "Corrected: product “GTXPro” to “GTX Pro”, 3 rows",
        "Corrected: sector “technolgy” to “technology”, 1 rows",
    ]


def test_the_report_states_counts_and_sums_of_the_files_and_of_the_database(report: list[str]) -> None:
    assert report[:9] == [
        "Offices: files 2, not loaded 0, database 2",
        "Managers: files 2, not loaded 0, database 2",
        "Agents: files 5, not loaded 0, database 5",
        "Accounts: files 6, not loaded 0, database 6",
        "Accounts that won (signed): files 3, not loaded 0, database 3",
        "Won deals (contracts): files 13, not loaded 5, database 8",
        "Value of won deals in USD: files 2,459.20, not loaded 1,014.50, database 1,444.70",
        "Lost deals (activities): files 3, not loaded 1, database 2",
        "Engaged deals (activities): files 3, not loaded 1, database 2",
    ]
    assert "Note: Zeta: nobody ever dealt with it, given to Max Boss" in report


def test_rows_that_are_not_loaded_are_reported_and_kept_with_their_reason(app: Flask, report: list[str]) -> None:
    assert "Pipeline: 22 rows, 12 loaded, 10 not loaded" in report
    assert "Not loaded: 2 rows, no account" in report
    assert "Not loaded: 2 rows, prospecting: no date yet" in report
    assert "Rows without an account: 3, 1 of them counted above as “prospecting: no date yet”" in report
    path = Path(app.config["DATA_DIR"]) / "maven-not-loaded.csv"
    with path.open(encoding="utf-8", newline="") as file:
        assert {line["opportunity_id"]: line["reason"] for line in csv.DictReader(file)} == LEFT_OUT


@pytest.mark.parametrize("username", ["ann.able", "bob.baker", "mei-mei.cole", "dan.dow", "director2"])
def test_a_salesperson_sees_exactly_the_accounts_they_own(session: Any, username: str) -> None:
    with acting_as(find_staff(session, username).id):
        seen = set(session.scalars(select(Customer.name)))
        contracts = set(session.scalars(select(Contract.customer_id)))
    mine = {name for name, owner in OWNERS.items() if owner == username}
    assert seen == mine
    assert contracts == {row.id for name, row in read_customers(session).items() if name in mine and row.stage == "signed"}


@pytest.mark.parametrize(("username", "accounts"), [("max.boss", {"Acme", "Delta", "Epsilon", "Zeta"}), ("nia.chief", {"Beta", "Gamma"})])
def test_a_manager_sees_exactly_the_accounts_of_the_office(session: Any, username: str, accounts: set[str]) -> None:
    with acting_as(find_staff(session, username).id):
        assert set(session.scalars(select(Customer.name))) == accounts


def count_all(session: Any) -> list[int]:
    return [session.scalar(select(func.count()).select_from(model)) for model in (Customer, Contract, Activity, Ticket, Staff, Department)]


def test_loading_twice_is_refused_and_changes_nothing(session: Any, folder: Path) -> None:
    before = count_all(session)
    with pytest.raises(SeedRefused, match="loaded into this database before"):
        maven.load(folder, folder)
    assert count_all(session) == before


def test_a_failure_at_the_end_leaves_nothing(app: Flask, folder: Path, system: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = count_all(system)

    def fail(*_: Any) -> list[str]:
        raise OSError("disk full")

    monkeypatch.setattr(maven, "keep_left_out", fail)
    with pytest.raises(OSError, match="disk full"):
        maven.load(folder, folder)
    assert count_all(system) == before
    assert system.get(InstallationValue, "maven") is None


def test_a_difference_between_files_and_database_is_refused(system: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = count_all(system)
    write = maven._write_deals

    def lose_one(session: Any, files: Any, loaded: Any) -> None:
        kept = [deal for deal in files.deals if deal.id != "B1"]
        every, files.deals = files.deals, kept
        write(session, files, loaded)
        files.deals = every

    monkeypatch.setattr(maven, "_write_deals", lose_one)
    with pytest.raises(SeedRefused, match=r"Won deals \(contracts\): 13 in the files, 5 not loaded, 7 in the database"):
        maven.load(folder, folder)
    assert count_all(system) == before


def test_a_folder_of_another_shape_is_refused(system: Any, folder: Path) -> None:
    (folder / "sales_teams.csv").write_text("sales_agent,manager\r\nAnn Able,Max Boss\r\n", encoding="utf-8")
    with pytest.raises(SeedRefused, match="no column regional_office"):
        maven.load(folder, folder)
    (folder / "accounts.csv").unlink()
    with pytest.raises(SeedRefused, match=r"accounts\.csv is missing"):
        maven.load(folder, folder)


def run_loader(databases: Databases, folder: Path, url: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own, by the environment that the app's settings are read from."""
    environ = os.environ | {"DATABASE_URL": url or databases.url, "DATA_DIR": str(databases.folder)}
    command = [sys.executable, str(PROGRAM), str(folder)]
    return subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.slow
def test_the_program_loads_into_the_apps_database_prints_the_report_and_refuses_in_a_sentence(
    app: Flask, folder: Path, databases: Databases
) -> None:
    first = run_loader(databases, folder)
    assert (first.returncode, "Won deals (contracts): files 13, not loaded 5, database 8" in first.stdout) == (0, True), first.stderr
    with app.app_context(), as_system("import"):
        assert len(read_customers(db.session)) == len(ACCOUNTS)
    second = run_loader(databases, folder)
    assert (second.returncode, "loaded into this database before" in second.stderr) == (2, True)


@pytest.mark.slow
def test_a_folder_or_a_database_that_is_not_there_is_a_sentence(databases: Databases, folder: Path) -> None:
    missing = run_loader(databases, folder / "no-such-folder")
    assert (missing.returncode, "does not exist" in missing.stderr) == (2, True)
    away = run_loader(databases, folder, "postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert (away.returncode, "Error: The database cannot be reached" in away.stderr, "Traceback" in away.stderr) == (1, True, False)
