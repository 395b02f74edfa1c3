"""Every command does its work and ends with 0, or says in a sentence why not and ends with another status."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click import Group
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo
from flask_appbuilder.cli import fab
from sqlalchemy import select

from app import create_app
from app.clibase import FAB_READS
from app.core.access.viewer import as_system
from app.core.writes.history import HistoryEntry
from app.extensions import db
from app.staff import rescue
from app.staff.models import Staff

from .conftest import POSTGRES, Browser, Databases, make_test_settings
from .factories import World
from .security import steps
from .snapshots import list_changes, take_snapshot

ROOT = Path(__file__).resolve().parent.parent
CODE = re.compile(r"[Cc]ode(?: for \S+)?: (\S+)")
PERSON = ["--username", "admin", "--password", "a long and other phrase"]
NEWCOMER = ["--username", "new", "--firstname", "N", "--lastname", "E", "--email", "n@x.example", "--password", "a long and other phrase"]
NOT_OFFERED = {
    "create-admin": NEWCOMER, "create-user": ["--role", "IT", *NEWCOMER], "reset-password": PERSON, "create-db": [],
    "import-roles": ["--path", "roles.json"], "security-cleanup": [], "security-converge": [], "create-permissions": [],
}  # fmt: skip
# What FAB's makers use: they load no app and touch no installation, so nothing here can refuse them.
WITHOUT_AN_APP = {"create-app", "create-addon", "collect-static", "babel-extract", "babel-compile"}


def run_fab(databases: Databases, *args: str) -> Result:
    """Run one of FAB's commands as `flask --app run` does: the app is loaded from within the command."""
    made: list[Flask] = []

    def make() -> Flask:
        made.append(create_app(make_test_settings(databases.folder, databases.url)))
        return made[0]

    done = CliRunner().invoke(fab, args, obj=ScriptInfo(create_app=make))
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    return done


def run_program(folder: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a program of this product in a process of its own, on the data folder."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "ADMIN_PASSWORD")}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env={**kept, "DATA_DIR": str(folder), **environ}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


# -- Flask-AppBuilder's ------------------------------------------------------------------------------------------------


def test_every_command_of_flask_appbuilder_is_decided_upon() -> None:
    assert {*NOT_OFFERED, *FAB_READS, *WITHOUT_AN_APP} == set(fab.commands)


@pytest.mark.parametrize("name", NOT_OFFERED)
def test_what_writes_is_not_offered_and_says_what_to_use(app: Flask, world: World, databases: Databases, name: str) -> None:
    before = take_snapshot(app)
    done = run_fab(databases, name, *NOT_OFFERED[name])
    assert done.exit_code == 2 and "is not offered" in done.output and "flask --app run crm" in done.output
    assert list_changes(before, take_snapshot(app)) == {}


@pytest.mark.parametrize(
    ("name", "said"), [("version", "5.3.0"), ("list-views", "CustomersView"), ("list-users", "username:south1"), ("export-roles", "")]
)
def test_what_reads_works(app: Flask, world: World, databases: Databases, tmp_path: Path, name: str, said: str) -> None:
    path = tmp_path / "roles.json"
    done = run_fab(databases, name, *(["--path", str(path)] if name == "export-roles" else []))
    assert done.exit_code == 0 and said in done.output
    assert name != "export-roles" or "Regional manager" in path.read_text()


def test_an_offered_one_would_be_noticed(app: Flask, world: World, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.refuse_fab_command", lambda: None)
    done = run_fab(databases, "reset-password", *PERSON)
    assert done.exit_code == 0 and "reseted" in done.output


# -- ours --------------------------------------------------------------------------------------------------------------

# command -> arguments with which it works on the test company, and how it is refused there (None: only by a database that is away)
COMMANDS: dict[str, tuple[list[str] | None, list[str] | None, str]] = {
    "init": ([], None, ""),
    "demo": (None, [], "real customers"),
    "seal-history": ([], None, "lines sealed"),
    "verify-history": ([], None, "No line was altered"),
    "tick": ([], None, "0 done"),
    "doctor": ([], None, "No change over REST"),
    "translations": (["--check"], None, "zh: 0 added, 0 removed, 0 without a translation."),
    "admin reset": (["chief"], ["who"], "No account has this user name or mail address."),
    "admin add": (["second", "--mail", "second@x.example"], ["CHIEF", "--mail", "third@x.example"], "Another account has this user name"),
}


WITHOUT_DATABASE = {"translations"}


def list_commands(group: Any, above: str = "") -> set[str]:
    """Return the names of the commands in a group and the groups in it."""
    found: set[str] = set()
    for name, command in group.commands.items():
        found |= list_commands(command, f"{above}{name} ") if isinstance(command, Group) else {above + name}
    return found


def run_crm(app: Flask, name: str, args: list[str]) -> Result:
    """Run one of our commands."""
    return app.test_cli_runner().invoke(args=["crm", *name.split(), *args])


def test_every_command_of_ours_is_in_the_table(app: Flask) -> None:
    assert list_commands(app.cli.commands["crm"]) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_works_or_is_refused_in_a_sentence(
    app: Flask, world: World, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "HISTORY_ANCHOR", str(tmp_path / "note.json"))  # of this test's database alone
    works, refused, said = COMMANDS[name]
    if works is not None:
        done = run_crm(app, name, works)
        assert done.exit_code == 0, done.output
        assert refused is not None or said in done.output
    if refused is not None:
        before = take_snapshot(app)
        done = run_crm(app, name, refused)
        assert done.exit_code in (1, 2) and said in done.output and "Error: " in done.output
        assert isinstance(done.exception, SystemExit)  # a sentence, no traceback
        assert list_changes(before, take_snapshot(app)) == {}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_database_that_is_away_or_empty_is_a_sentence(desk: Flask, tmp_path: Path, name: str) -> None:
    works, refused, _said = COMMANDS[name]
    if name in WITHOUT_DATABASE:
        return
    args = works or refused or []
    away = create_app(make_test_settings(tmp_path, "postgresql+psycopg://nobody@127.0.0.1:1/none"))
    done = run_crm(away, name, args)
    assert done.exit_code == 1 and "Error: The database cannot be reached" in done.output and isinstance(done.exception, SystemExit)
    if name.split()[0] not in ("init", "demo"):  # those prepare it
        done = run_crm(create_app(make_test_settings(tmp_path, f"sqlite:///{tmp_path / 'empty.sqlite3'}")), name, args)
        assert done.exit_code == 1 and "Error: The database is not prepared" in done.output


# -- the administrator's way back -----------------------------------------------------------------------------------------


def find_code(done: Result) -> str:
    """Return the code that a command printed."""
    assert done.exit_code == 0, done.output
    found = CODE.search(done.output)
    assert found is not None, done.output
    return found[1]


@pytest.mark.parametrize("name", ["chief", "CHIEF", "Chief@Example.com"])
def test_a_code_lets_the_administrator_in_and_ends_other_sessions(app: Flask, world: World, name: str) -> None:
    thief = Browser(app).sign_in("chief")
    assert thief.get("/staff/").status_code == 200
    code = find_code(run_crm(app, "admin reset", [name]))
    assert thief.get("/staff/").status_code != 200
    browser = Browser(app).sign_in("chief", code)
    fields = {"password": "a new and long sentence", "again": "a new and long sentence"}
    assert browser.post("/profile/password", fields).status_code == 302
    assert Browser(app).sign_in("chief", fields["password"]).get("/roles/").status_code == 200
    with app.app_context(), as_system():
        line = db.session.scalars(
            select(HistoryEntry).where(HistoryEntry.model == "Staff", HistoryEntry.field == "one_time_code").order_by(HistoryEntry.id)
        ).first()
        assert line is not None and (line.row_id, line.way, line.old, line.new) == (world.people["chief"], "shell", None, None)


def test_a_closed_account_stays_closed(app: Flask, world: World) -> None:
    steps.save_person(Browser(app).sign_in("chief"), world.people["south1"], close=True)
    before = take_snapshot(app)
    done = run_crm(app, "admin reset", ["south1"])
    assert done.exit_code == 1 and str(rescue.ACCOUNT_CLOSED) in done.output
    assert list_changes(before, take_snapshot(app)) == {}


def test_an_administrator_is_added(app: Flask, world: World) -> None:
    done = run_crm(app, "admin add", ["Second", "--mail", "second@x.example", "--given", "芳", "--family", "王"])
    browser = Browser(app).sign_in("second", find_code(done))
    fields = {"password": "a new and long sentence", "again": "a new and long sentence"}
    assert browser.post("/profile/password", fields).status_code == 302
    with app.app_context(), as_system():
        person = db.session.scalars(select(Staff).where(Staff.username == "Second")).one()
        assert (person.name, [role.name for role in person.roles]) == ("王芳", ["Admin"])
    assert "Admin" in steps.held_roles(app, person.id)


@pytest.mark.parametrize(
    "args",
    [
        ["ADMIN", "--mail", "a@x.example"], ["аdmin", "--mail", "a@x.example"], ["chief@example.com", "--mail", "a@x.example"],
        ["boss", "--mail", "CHIEF@example.com"], ["boss", "--mail", "no mail"], ["b", "--mail", "a@x.example"], ["boss"],
    ],
)  # fmt: skip
def test_an_administrator_is_not_added_past_the_rules(app: Flask, world: World, args: list[str]) -> None:
    before = take_snapshot(app)
    done = run_crm(app, "admin add", args)
    assert done.exit_code in (1, 2) and "Error: " in done.output and isinstance(done.exception, SystemExit)
    assert list_changes(before, take_snapshot(app)) == {}


# -- in processes of their own --------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(bool(POSTGRES), reason="on the data folder's own SQLite file")
def test_the_programs_themselves(tmp_path: Path) -> None:
    easy = run_program(tmp_path, "run.py", "--no-serve", ADMIN_PASSWORD="admin-admin-admin")
    assert easy.returncode == 2 and "ADMIN_PASSWORD cannot be used." in easy.stderr and "Traceback" not in easy.stderr
    first = run_program(tmp_path, "run.py", "--no-serve")
    assert first.returncode == 0 and "one-time password" in first.stdout
    refused = run_program(tmp_path, "-m", "flask", "--app", "run", "fab", "reset-password", *PERSON)
    assert refused.returncode == 2 and "crm admin reset" in refused.stderr and "reseted" not in refused.stdout
    reset = run_program(tmp_path, "-m", "flask", "--app", "run", "crm", "admin", "reset", "Admin")
    assert reset.returncode == 0 and CODE.search(reset.stdout)
    go_back(tmp_path / "countersign.sqlite3")
    for command in (["run.py", "--no-serve"], ["-m", "flask", "--app", "run", "crm", "init"]):
        stopped = run_program(tmp_path, *command)
        assert stopped.returncode == 2 and "“ADMIN”" in stopped.stderr and "Traceback" not in stopped.stderr


def go_back(path: Path) -> None:
    """Make a database as an older version left it, with an account that reads like another."""
    connection = sqlite3.connect(path)
    connection.executescript(
        "DROP TABLE identity; UPDATE alembic_version SET version_num = '0005';"
        "INSERT INTO ab_user (username, first_name, last_name, email, active, phone, session_epoch, must_change_password)"
        " VALUES ('ADMIN', 'X', '', 'x@x.example', 1, '', 0, 0);"
    )
    connection.close()
