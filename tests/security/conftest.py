"""Further app instances on the same database, as further worker processes are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import make_url

from app import create_app
from app.extensions import db

from ..conftest import Databases, make_test_settings
from .proxy import Proxy


@pytest.fixture(scope="session")
def more_desks(desk: Flask, databases: Databases) -> list[Flask]:
    """Return three more instances of the app with the same settings."""
    return [create_app(make_test_settings(databases.folder, databases.url)) for _ in range(3)]


def _let_go(desks: list[Flask]) -> None:
    for desk in desks:
        with desk.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def workers(app: Flask, more_desks: list[Flask]) -> Iterator[list[Flask]]:
    """Return four instances of the app on one database."""
    _let_go(more_desks)
    yield [app, *more_desks]
    _let_go(more_desks)


@pytest.fixture
def other_app(workers: list[Flask]) -> Flask:
    """Return a second instance on the same database."""
    return workers[1]


@pytest.fixture
def behind_proxy(app: Flask, databases: Databases) -> Iterator[tuple[Flask, Proxy]]:
    """Return an app that reaches the test's database by a proxy, and the proxy."""
    url = make_url(databases.url)
    with Proxy(url.host or "127.0.0.1", url.port or 5432) as proxy:
        here = url.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
        desk = create_app(make_test_settings(databases.folder, here))
        yield desk, proxy
        with desk.app_context():
            db.session.remove()
            db.engine.dispose()
