"""`/health`: the truth about the database, for load balancers and for IT."""

from __future__ import annotations

from flask import Flask, Response, jsonify
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ..extensions import db


def register(app: Flask) -> None:
    """Add the route. Public: it tells up or down and nothing else."""

    @app.get("/health")
    def health() -> tuple[Response, int]:
        try:
            ready = db.session.connection().execute(select(Role.id).limit(1)).first() is not None
        except SQLAlchemyError:
            db.session.remove()
            return jsonify(status="down", database="unreachable"), 503
        if not ready:
            return jsonify(status="down", database="empty"), 503
        return jsonify(status="ok", database="ok"), 200
