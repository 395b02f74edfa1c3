"""Sends each route of the access table once per person and record, and says in one letter what came back."""

from __future__ import annotations

import re
import shutil
import sqlite3
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from app.activities.models import Activity
from app.core.access.viewer import as_system
from app.extensions import db

from . import canaries
from .access_records import HAPPENED, Filler, as_form, prepare_records, read_fixed
from .conftest import POSTGRES, Browser, Databases, RestClient
from .factories import World
from .people import ANYBODY, PEOPLE
from .snapshots import list_changes, take_snapshot


def read_versions(app: Flask) -> dict[tuple[str, int | None], int]:
    """Return the version of every row that has one, by table and id."""
    found: dict[tuple[str, int | None], int] = {}
    with app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            if "row_version" in table.c and table.name != "handover_item":
                rows = connection.execute(select(table.c.id, table.c.row_version))
                found |= {(table.name, row_id): version for row_id, version in rows}
    return found


# What may change a row, a common table expression's too; that a text says so as well costs a comparison, no more.
WRITES = re.compile(r"\b(?:INSERT|UPDATE|DELETE|REPLACE|MERGE|TRUNCATE|CREATE|ALTER|DROP)\b", re.IGNORECASE)


class Matrix:
    """The company on a database that is put back whenever a request changed it."""

    def __init__(self, app: Flask, databases: Databases, world: World) -> None:
        self.app, self.databases, self.world = app, databases, world
        with app.app_context(), as_system("import"):
            self.records = prepare_records(world)
            self.fixed = read_fixed(world)
            for activity in db.session.scalars(select(Activity)):
                activity.happened_at = HAPPENED
            db.session.flush()
            self.canaries = canaries.plant()
            db.session.commit()
        self.browsers: dict[str, Browser] = {ANYBODY: Browser(app)}
        self.rests: dict[str, Any] = {ANYBODY: None}
        for name in PEOPLE:
            self.browsers[name] = Browser(app).sign_in(name)
            self.rests[name] = RestClient(app, name)
        self.tokens = {name: browser.token() for name, browser in self.browsers.items()}
        self.before = take_snapshot(app)
        self.filler = Filler(app, world, self.records, self.fixed, read_versions(app))
        self._keep()
        self.requests = 0
        self.has_written = False
        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", self._note_statement)
        self.seen: dict[str, set[int]] = {name: set() for name in [*PEOPLE, ANYBODY]}

    def _note_statement(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.has_written |= WRITES.search(statement) is not None

    def send(self, person: str, method: str, path: str, body: dict[str, Any] | None) -> tuple[str, Any]:
        """Return the letter of what came back, and the answer."""
        self.requests += 1
        self.has_written = False
        answer = self._send_api(person, method, path, body) if path.startswith("/api/") else self._send_page(person, method, path, body)
        self.seen[person] |= canaries.find(answer.text)
        answer.close()  # a file that is sent is open until then
        # Without a statement that writes there is nothing to compare: most requests send none.
        changed = list_changes(self.before, take_snapshot(self.app)) if self.has_written else {}
        if changed:
            self._put_back()
        return self._name(answer, bool(changed)), answer

    def _keep(self) -> None:
        self._close()
        base = self.databases
        if POSTGRES:
            base._admin(f'DROP DATABASE IF EXISTS "{base.name}_matrix"', f'CREATE DATABASE "{base.name}_matrix" TEMPLATE "{base.name}"')
        else:
            with sqlite3.connect(base.folder / "test.sqlite3") as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copy(base.folder / "test.sqlite3", base.folder / "matrix.sqlite3")

    def _put_back(self) -> None:
        self._close()
        base = self.databases
        if POSTGRES:
            drop = f'DROP DATABASE IF EXISTS "{base.name}" WITH (FORCE)'
            base._admin(drop, f'CREATE DATABASE "{base.name}" TEMPLATE "{base.name}_matrix"')
            return
        for path in base.folder.glob("test.sqlite3*"):
            path.unlink()
        shutil.copy(base.folder / "matrix.sqlite3", base.folder / "test.sqlite3")

    def list_leaks(self) -> list[tuple[str, canaries.Canary]]:
        """Return what was answered so far to people who must not see it."""
        return [(person, self.canaries[n]) for person, seen in self.seen.items() for n in seen if not self.canaries[n].is_for(person)]

    def text_of(self, model: str, kind: str, owner: str) -> str:
        """Return the canary in the name of one record."""
        row_id = self.records.ids[kind][owner]
        place = next(n for n, c in enumerate(self.canaries) if (c.model, c.row_id, c.column) == (model, row_id, "name"))
        return f"cnry{place:04d}x"

    def close(self) -> None:
        """Leave the database to the next test."""
        self._close()
        with self.app.app_context():
            event.remove(db.engine, "before_cursor_execute", self._note_statement)

    def _close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def _send_page(self, person: str, method: str, path: str, body: dict[str, Any] | None) -> Any:
        client: FlaskClient = self.browsers[person].client
        if method == "GET":
            return client.get(path)
        return client.open(path, method=method, data={"csrf_token": self.tokens[person], **as_form(body or {})})

    def _send_api(self, person: str, method: str, path: str, body: dict[str, Any] | None) -> Any:
        rest = self.rests[person]
        client, headers = (rest.client, rest.headers) if rest is not None else (self.browsers[ANYBODY].client, {})
        if body and "file" in body:
            return client.open(path, method=method, data=as_form(body), headers=headers)
        return client.open(path, method=method, json=body, headers=headers)

    @staticmethod
    def _name(answer: Any, changed: bool) -> str:
        """w written, y shown, 3 denied, 4 hidden, r refused or harmless, L asked to sign in; ! what must never be."""
        status = answer.status_code
        if changed:
            return "w" if status in (200, 201, 302) else "!"
        if status >= 500:
            return "!"
        if status in (301, 302, 303):
            return "L" if answer.location.startswith("/login/") else "r"
        return {200: "y", 401: "L", 403: "3", 404: "4"}.get(status, "r")
