"""Retry of requests after a deadlock: the database rolls one of two transactions back, and that request is run again.

Locks are taken in one order (`ownership.rank`), so that deadlocks are rare; they cannot be ruled out, since foreign keys and
unique indexes take locks of their own.
"""

from __future__ import annotations

import random
import time

from flask import Flask, g, has_request_context, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from ...extensions import db

DEADLOCKS = frozenset({"40P01", "40001"})  # PostgreSQL: deadlock detected, serialization failure
TRIES = 3
PAUSE = 0.02  # seconds, doubled with every try


class Collision(Exception):
    """Raise, with nothing saved, when the request can simply be run again."""


def is_deadlock(error: OperationalError) -> bool:
    """Tell whether the database rolled this transaction back for the sake of another one."""
    return getattr(error.orig, "sqlstate", "") in DEADLOCKS


def may_retry() -> bool:
    """Tell whether this request would be run again."""
    return has_request_context() and bool(g.get("_may_retry"))


class RetryingFlask(Flask):
    """Flask, with a retry of requests that met a deadlock."""

    def dispatch_request(self) -> ResponseReturnValue:
        """Answer the request; run it up to three times while it meets deadlocks, after a random pause."""
        for turn in range(TRIES):
            g._may_retry = turn < TRIES - 1
            try:
                return super().dispatch_request()
            except Collision:
                pass
            except OperationalError as error:
                if not g._may_retry or not is_deadlock(error):
                    raise
            db.session.rollback()
            g.pop("_submission_noted", None)
            for file in request.files.values():
                file.stream.seek(0)
            time.sleep(random.uniform(PAUSE, 2 * PAUSE) * 2**turn)  # noqa: S311 - so that the same two do not meet again
        raise AssertionError("the last try raises or answers")
