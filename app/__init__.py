"""Countersign (签约台): the customer desk. `create_app` is the table of contents."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from .core.access import scope
from .core.base import bounds, i18n
from .core.db import engine, outages, watchdog
from .core.db.retrying import RetryingFlask
from .core.web import compression, face, health, logs, templating, web
from .core.web.binding import add_views, bind
from .core.web.builder import DeskBuilder
from .core.web.modules import Module, discover
from .core.web.sessions import PageSessions
from .core.writes import gate, resending
from .extensions import csrf, db


def create_app(settings: Mapping[str, Any]) -> Flask:
    """Return the app for these settings (see config.make_settings). Touches no table."""
    app = RetryingFlask(__name__)
    templating.register(app)
    app.config.from_mapping(settings)
    app.session_interface = PageSessions()
    logs.register(app)
    compression.register(app)
    _trust_hosts(app)
    _connect(app)
    bounds.register(app)
    csrf.init_app(app)  # before AppBuilder, which exempts its token-signed API
    modules = discover(__name__)
    bind(modules)
    _build_desk(app, modules)
    web.register_globals(app, modules)
    web.register_errors(app)
    health.register(app)
    face.register(app)
    if app.config["COMMANDS"]:
        _add_commands(app, modules)
    return app


def _trust_hosts(app: Flask) -> None:
    """Believe a proxy, and only answer to our own name, when PUBLIC_URL says there is one."""
    public = urlsplit(app.config["PUBLIC_URL"])
    if public.hostname:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]  # Flask's documented way
        app.config["TRUSTED_HOSTS"] = [public.hostname, "127.0.0.1", "localhost"]
    elif app.config["TRUSTED_HOSTS"] is None:
        app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost", "[::1]", app.config["HOST"]]


def _connect(app: Flask) -> None:
    """Bind the database, with the gate and the scope on every session."""
    options = POSTGRES_OPTIONS if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql") else {}
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", {**options, "hide_parameters": True})  # they are what people have typed
    db.init_app(app)
    with app.app_context():
        engine.prepare_engine(db.engine, app)
        watchdog.install(db.engine)
        outages.install(db.engine)
    scope.install(db.session)
    gate.install(db.session)
    resending.install(db.session)


def _build_desk(app: Flask, modules: tuple[Module, ...]) -> None:
    """Register Flask-AppBuilder with our security manager and every module's screens."""
    from .home.views import HomeView
    from .staff.security import DeskSecurityManager

    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(Path(__file__).parent / "translations")
    with app.app_context():
        appbuilder = DeskBuilder(app, db.session, indexview=HomeView, security_manager_class=DeskSecurityManager)
        i18n.register(app)
        web.register_requests(app)
        add_views(appbuilder, modules)


def _add_commands(app: Flask, modules: tuple[Module, ...]) -> None:
    """Add `flask crm` and `flask db`. A process that only answers requests does without Alembic's ten megabytes."""
    from flask_migrate import Migrate

    from . import cli

    Migrate(app, db, directory=str(Path(__file__).parent / "migrations"), render_as_batch=True, compare_type=True)
    cli.register(app, modules)


# A database that is away answers within seconds, so that the page can say so (connect, statement, dead peer).
POSTGRES_OPTIONS: dict[str, Any] = {
    "pool_timeout": 4,
    "pool_size": 8,
    "max_overflow": 8,
    "connect_args": {
        "connect_timeout": 2, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 2, "tcp_user_timeout": 4000,
        "options": "-c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000",
    },
}  # fmt: skip
