"""A database as a new installation has it: migrated, with roles and lists, and nobody in it but the administrator."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.core.web.modules import discover
from app.extensions import db
from app.seed import install

from ..conftest import POSTGRES, Databases


@pytest.fixture(scope="session")
def make_fresh(desk: Flask, databases: Databases) -> Callable[[], Flask]:
    """Return a function that gives the app on a new installation's database."""

    def make() -> Flask:
        with desk.app_context():
            db.session.remove()
            db.engine.dispose()
        if not POSTGRES:
            for path in databases.folder.glob("test.sqlite3*"):
                path.unlink()
        databases.create_empty()
        with desk.app_context():
            install.prepare(discover("app"))
            db.session.remove()
        return desk

    return make
