"""`/health` tells a database that is not upgraded from one that is, and finds the newest revision without Alembic."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text

from app.core.web import health
from app.extensions import db

MIGRATIONS = Path(__file__).parents[2] / "app" / "migrations"


def change(app: Flask, statement: str) -> None:
    """Run a statement on the test's database."""
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text(statement))


def ask(app: Flask) -> tuple[int, str]:
    """Return status and what is said of the database."""
    answer = app.test_client().get("/health")
    assert answer.json is not None
    return answer.status_code, answer.json["database"]


def test_an_upgraded_database_is_ok(app: Flask) -> None:
    assert ask(app) == (200, "ok")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE alembic_version SET version_num = '0001'",
        "UPDATE alembic_version SET version_num = 'newer'",
        "DELETE FROM alembic_version",
        "DROP TABLE alembic_version",
    ],
)
def test_another_revision_is_not_upgraded(app: Flask, statement: str) -> None:
    change(app, statement)
    assert ask(app) == (503, "not upgraded")


def test_the_heads_are_those_that_alembic_finds() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert health.find_heads(MIGRATIONS / "versions") == set(ScriptDirectory.from_config(config).get_heads())


def test_two_branches_and_their_merge_are_understood(tmp_path: Path) -> None:
    for name, before in (("a", "None"), ("b", "'a'"), ("c", "'a'")):
        (tmp_path / f"{name}.py").write_text(f'revision: str = "{name}"\ndown_revision = {before}\n', encoding="utf-8")
    assert health.find_heads(tmp_path) == {"b", "c"}
    (tmp_path / "d.py").write_text("revision = 'd'\ndown_revision = ('b', 'c')\n", encoding="utf-8")
    assert health.find_heads(tmp_path) == {"d"}


def test_a_worker_does_not_load_alembic() -> None:
    source = (
        "import sys, tempfile; from config import make_settings; from app import create_app;"
        "create_app(make_settings({'DATA_DIR': tempfile.mkdtemp()})); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", source], cwd=MIGRATIONS.parent.parent, check=False).returncode == 0
