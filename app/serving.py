"""What `python run.py` does: migrate the database, make the first administrator, serve."""

from __future__ import annotations

import argparse
import logging
import sys
import threading
import time

import waitress
from flask import Flask
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from config import SettingsError, make_settings

from . import create_app
from .cli import find_seal_settings
from .core.base import bounds
from .core.base.errors import RuleViolation, SetupRefused
from .core.history import seal
from .core.web.modules import discover
from .extensions import db
from .seed import demo, install

THREADS = 8
SEAL_EVERY = 60.0  # seconds


def main() -> int:
    """Prepare and serve until stopped. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Countersign (签约台), the customer desk.")
    parser.add_argument("--demo", action="store_true", help="serve a made-up company from a database of its own")
    parser.add_argument("--no-serve", action="store_true", help="prepare the database and stop")
    options = parser.parse_args()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # every request that waits a moment is no news
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = make_settings(demo=options.demo) | {"COMMANDS": True}
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    app = create_app(settings)
    try:
        with app.app_context():
            password = install.prepare(discover("app"))
            if app.config["DEMO"]:
                print(demo.fill())
            elif password is not None:
                print(f"First administrator: admin   one-time password: {password}")
    except SetupRefused as error:
        print(error, file=sys.stderr)
        return 2
    except OperationalError as error:
        print(f"The database cannot be reached: {error.orig}", file=sys.stderr)
        return 1
    if options.no_serve:
        return 0
    threading.Thread(target=keep_sealing, args=(app,), name="sealer", daemon=True).start()
    host, port = app.config["HOST"], app.config["PORT"]
    print(f"Countersign is ready: {app.config['PUBLIC_URL'] or f'http://{host}:{port}'}   (stop with Ctrl+C)", flush=True)
    waitress.serve(
        app, host=host, port=port, threads=THREADS, ident=None, clear_untrusted_proxy_headers=False, max_request_body_size=bounds.LARGEST
    )
    return 0


def keep_sealing(app: Flask) -> None:
    """Every minute do what time has brought about and seal the history; a database or disk that is away is tried again the next time."""
    while True:
        time.sleep(SEAL_EVERY)
        with app.app_context():
            try:
                for tick in (tick for module in discover("app") for tick in module.ticks):
                    tick()
            except (SQLAlchemyError, RuleViolation):
                app.logger.warning("What is due could not be done; trying again.", exc_info=True)
                db.session.rollback()
            try:
                seal.seal(db.engine, *find_seal_settings())
            except (SQLAlchemyError, OSError):
                app.logger.warning("The history could not be sealed; trying again.", exc_info=True)
            except seal.HistoryBroken as fault:
                app.logger.error("The history is not sealed any more: %s", fault)
