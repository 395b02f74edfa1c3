"""One migrated and seeded template database per run; each test gets a copy of its own.

TEST_DATABASE_URL (a PostgreSQL address of a server where databases may be created) runs the same suite there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, text

from app import create_app
from app.core.access.viewer import as_system
from app.core.base import caches
from app.core.web.modules import discover
from app.extensions import db
from app.seed import install
from config import make_settings

from .factories import World, make_world

CHEAP_HASH = "pbkdf2:sha256:1"  # the real one takes 0.4 s and 130 MB a check, by design
ADMIN_PASSWORD = "a long and quite new pass phrase"
POSTGRES = os.environ.get("TEST_DATABASE_URL", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this run has no PostgreSQL or browser for, saying so."""
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    for item in items:
        if "postgres" in item.keywords and not POSTGRES:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: set TEST_DATABASE_URL"))
        if "browser" in item.keywords and not Path(chromium).exists():
            item.add_marker(pytest.mark.skip(reason=f"needs Chromium: {chromium} is not there (or set CHROMIUM)"))


class Databases:
    """Makes copies of the template, on SQLite files or PostgreSQL databases."""

    def __init__(self, folder: Path, worker: str) -> None:
        self.folder, self.worker = folder, worker
        self.name = f"countersign_test_{worker}"

    @property
    def url(self) -> str:
        """Return the address of the database that tests of this worker use."""
        if POSTGRES:
            return make_url(POSTGRES).set(database=self.name, drivername="postgresql+psycopg").render_as_string(hide_password=False)
        return f"sqlite:///{self.folder / 'test.sqlite3'}"

    def _admin(self, *statements: str) -> None:
        engine = create_engine(make_url(POSTGRES).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def create_empty(self) -> None:
        """Begin with an empty database."""
        if POSTGRES:
            self._admin(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)', f'CREATE DATABASE "{self.name}"')

    def keep_as_template(self, name: str = "template") -> None:
        """Keep the present state as the template, or as another one."""
        db.session.remove()
        db.engine.dispose()
        if POSTGRES:
            self._admin(
                f'DROP DATABASE IF EXISTS "{self.name}_{name}" WITH (FORCE)',
                f'CREATE DATABASE "{self.name}_{name}" TEMPLATE "{self.name}"',
            )
        else:
            shutil.copy(self.folder / "test.sqlite3", self.folder / f"{name}.sqlite3")

    def restore(self, name: str = "template") -> None:
        """Give the next test a fresh copy."""
        if POSTGRES:
            self._admin(
                f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)', f'CREATE DATABASE "{self.name}" TEMPLATE "{self.name}_{name}"'
            )
            return
        for path in self.folder.glob("test.sqlite3*"):
            path.unlink()
        shutil.copy(self.folder / f"{name}.sqlite3", self.folder / "test.sqlite3")


def make_test_settings(folder: Path, url: str) -> dict[str, Any]:
    """Return settings as a deployment has them, but for a cheap hash, a database of its own and the page of components."""
    settings = make_settings({"DATA_DIR": str(folder), "ADMIN_PASSWORD": ADMIN_PASSWORD}) | {"COMMANDS": True, "FACE_PAGE": True}
    return settings | {
        "SQLALCHEMY_DATABASE_URI": url, "TESTING": True, "PROPAGATE_EXCEPTIONS": False, "FAB_PASSWORD_HASH_METHOD": CHEAP_HASH,
    }  # fmt: skip


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Databases:
    """Return the maker of databases of this worker."""
    return Databases(tmp_path_factory.mktemp("database"), worker_id)


@pytest.fixture(scope="session")
def desk(databases: Databases) -> Iterator[Flask]:
    """Return the app of this worker, its template database migrated and seeded with the test company."""
    databases.create_empty()
    app = create_app(make_test_settings(databases.folder, databases.url))
    with app.app_context():
        install.prepare(discover("app"))
        with as_system("import"):
            make_world()
            db.session.commit()
        databases.keep_as_template()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(desk: Flask, databases: Databases) -> Iterator[Flask]:
    """Return the app on a fresh copy of the template. No context is pushed: each request has its own."""
    caches.clear_data()  # a test that breaks a protection on purpose must not leave its grants behind
    with desk.app_context():
        db.engine.dispose()
    databases.restore()
    yield desk
    with desk.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def system(app: Flask) -> Iterator[Any]:
    """Run the test within an app context, acting as the system; returns the session."""
    with app.app_context(), as_system("import"):
        yield db.session


@pytest.fixture
def world(app: Flask) -> World:
    """Return the ids of the test company (see factories.make_world)."""
    with app.app_context():
        return World.read()


class Browser:
    """A client that signs in and sends forms with their token, as a browser does."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()

    def sign_in(self, username: str, password: str = "") -> Browser:
        """Sign in by the form; everybody's password in the test company is their user name twice."""
        answer = self.post("/login/", {"username": username, "password": password or f"{username}-{username}"})
        assert answer.status_code == 302, answer.text[:2000]
        return self

    def token(self, path: str = "/profile/password") -> str:
        """Return a CSRF token of this session."""
        page = self.client.get("/login/" if "_user_id" not in self._session() else path).text
        mark = 'name="csrf_token" value="'
        start = page.index(mark) + len(mark)
        return page[start : page.index('"', start)]

    def _session(self) -> dict[str, Any]:
        with self.client.session_transaction() as session:
            return dict(session)

    def get(self, path: str, **kwargs: Any) -> Any:
        """Send a GET."""
        return self.client.get(path, **kwargs)

    def post(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        """Send a form with its CSRF token."""
        return self.client.post(path, data={"csrf_token": self.token(), **(data or {})}, **kwargs)


class RestClient:
    """A client of the REST API with a token."""

    def __init__(self, app: Flask, username: str, password: str = "") -> None:
        self.client = app.test_client()
        body = {"username": username, "password": password or f"{username}-{username}", "provider": "db", "refresh": True}
        answer = self.client.post("/api/v1/security/login", json=body)
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json
        self.headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request below /api/v1/."""
        return self.client.open(f"/api/v1/{path}", method=method, json=body, headers=self.headers)


@pytest.fixture
def stranger(app: Flask) -> Browser:
    """Return a client that is not signed in."""
    return Browser(app)


@pytest.fixture
def sign_in(app: Flask) -> Any:
    """Return a function that gives a signed-in client for a user name."""
    return lambda username, password="": Browser(app).sign_in(username, password)


@pytest.fixture
def rest(app: Flask) -> Any:
    """Return a function that gives a REST client for a user name."""
    return lambda username, password="": RestClient(app, username, password)
