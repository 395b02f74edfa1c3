"""`/health`: the truth about the database, for load balancers and for IT."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import column, select, table
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError

from ...extensions import db

VERSION = table("alembic_version", column("version_num"))
UNDEFINED_TABLE = "42P01"


def register(app: Flask) -> None:
    """Add the route. Public: it tells up or down and nothing else."""
    heads = find_heads(Path(app.root_path) / "migrations" / "versions")

    @app.get("/health")
    def health() -> tuple[Response, int]:
        try:
            connection = db.session.connection()
            if set(connection.execute(select(VERSION.c.version_num)).scalars()) != heads:
                return _say_down("not upgraded")
            ready = connection.execute(select(Role.id).limit(1)).first() is not None
        except SQLAlchemyError as error:
            db.session.remove()
            return _say_down("not upgraded" if _is_missing_table(error) else "unreachable")
        return (jsonify(status="ok", database="ok"), 200) if ready else _say_down("empty")


def _say_down(why: str) -> tuple[Response, int]:
    return jsonify(status="down", database=why), 503


def _is_missing_table(error: SQLAlchemyError) -> bool:
    if not isinstance(error, OperationalError | ProgrammingError):
        return False
    return getattr(error.orig, "sqlstate", None) == UNDEFINED_TABLE or "no such table" in str(error.orig)


def find_heads(folder: Path) -> set[str]:
    """Return the revisions that no other one follows, read from the files: Alembic itself would cost a worker ten megabytes."""
    revisions = [_read_names(path) for path in folder.glob("*.py")]
    followed: set[str] = set()
    for names in revisions:
        before = names["down_revision"]
        followed.update([before] if isinstance(before, str) else before or ())
    return {names["revision"] for names in revisions} - followed


def _read_names(path: Path) -> dict[str, Any]:
    """Return the values that a migration gives to `revision` and `down_revision`."""
    found: dict[str, Any] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.AnnAssign | ast.Assign) or node.value is None:
            continue
        for target in [node.target] if isinstance(node, ast.AnnAssign) else node.targets:
            if isinstance(target, ast.Name) and target.id in ("revision", "down_revision"):
                found[target.id] = ast.literal_eval(node.value)
    return found
