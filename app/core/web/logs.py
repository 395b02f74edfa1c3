"""The log tells what failed, where and for whom by number, and nothing of what rows, forms and statements hold.

An exception's own words are left out: they name values (“invalid literal for int(): …”, PostgreSQL's DETAIL with the
whole row). What is left, its kind, the database's code for it and the lines it came through, says where to look.
"""

from __future__ import annotations

import logging
import secrets
import threading
import traceback
from time import monotonic

from flask import Flask, g, has_request_context, request, session
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy

from ..base.errors import RuleViolation, find_disk_sentence, find_storage_fault
from ..db.outages import is_our_mistake, is_outage
from ..db.retrying import Collision

QUIET = 60.0  # seconds between two lines about an outage
# Whatever else logs the exceptions of a request, with their words.
STRANGERS = (
    "flask_appbuilder.api", "flask_appbuilder.models.sqla.interface", "sqlalchemy.pool.impl.QueuePool", "waitress", "gunicorn.error",
)  # fmt: skip
DRIVERS = frozenset({"OperationalError", "InterfaceError"})  # as DB-API calls an outage, whatever the driver


class Discretion(logging.Filter):
    """A logging filter: redacts every record that carries an exception, and limits those about an outage to one a minute."""

    def __init__(self, own_name: str) -> None:
        super().__init__()
        self._own_name = own_name
        self._lock = threading.Lock()
        self._told_at: float | None = None
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record is logged; the words of its exception are gone from it."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return True
        if has_request_context() and (isinstance(error, RuleViolation | HTTPException | Collision) or _is_told(error)):
            return False  # an answer, or logged already on its way up
        where = describe_request() or (record.getMessage() if record.name == self._own_name else record.name)
        if find_storage_fault(error) is None and _is_away(error):
            left_out = self._count_outage()
            if left_out is None:
                return False
            record.msg = f"The database does not answer: {describe_error(error)}; {where}; left out since the last such line: {left_out}"
        else:
            record.msg = f"{describe_error(error)}; {where}\n{describe_path(error)}"
        record.args, record.exc_info, record.exc_text = (), None, None
        return True

    def _count_outage(self) -> int | None:
        """Return how many lines were left out since the last one; None when this one is left out too."""
        with self._lock:
            now = monotonic()
            if self._told_at is not None and now - self._told_at < QUIET:
                self._left_out += 1
                return None
            self._told_at, left_out, self._left_out = now, self._left_out, 0
            return left_out

    def forget(self) -> None:
        """Begin anew, as a new process does."""
        self._told_at, self._left_out = None, 0


discretion = Discretion("app")


def register(app: Flask) -> None:
    """Install the filter on every logger that is given a request's exceptions."""
    for logger in (app.logger, *map(logging.getLogger, STRANGERS)):
        logger.addFilter(discretion)  # adding it again changes nothing


def get_code() -> str:
    """Return the request's code, by which IT finds in the log what a person's page was about."""
    code: str | None = g.get("request_code")
    if code is None:
        code = g.request_code = f"{secrets.randbelow(10**10):010d}"  # digits: it is read out on the telephone
    return code


def describe_request() -> str:
    """Return method, address (no more of it than numbers), code and the person's id; '' outside a request."""
    if not has_request_context():
        return ""
    rule = request.url_rule.rule if request.url_rule is not None else "an unknown address"
    numbers = [f"{name}={value}" for name, value in (request.view_args or {}).items() if str(value).isascii() and str(value).isdecimal()]
    return f"{' '.join([request.method, rule, *numbers])}; code {get_code()}; person {_find_person_id() or '-'}"


def _find_person_id() -> object:
    """Return the person's id without asking the database: FAB's `g.user` stands for a person that may not be loaded yet."""
    user = g.get("user")
    known = None if user is None or type(user) is LocalProxy else user
    return getattr(known, "id", None) or session.get("_user_id")


def describe_error(error: BaseException) -> str:
    """Return an error's kind, and what the database calls it: code, table, column and constraint, no value."""
    kind = type(error)
    orig = getattr(error, "orig", None) or error
    diagnosis = getattr(orig, "diag", None)
    names = [getattr(orig, "sqlstate", None) or getattr(orig, "sqlite_errorname", None)]
    names += [getattr(diagnosis, f"{part}_name", None) for part in ("table", "column", "constraint")]
    if find_disk_sentence(error) is not None:
        names.append(str(orig).split("\n", 1)[0])  # “No space left on device”: names a file at most
    known = ", ".join(str(name) for name in names if name)
    return f"{kind.__module__}.{kind.__qualname__}" + (f" ({known})" if known else "")


def describe_path(error: BaseException) -> str:
    """Return the lines of code that an error, and those that led to it, came through, the first one first."""
    parts: list[str] = []
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        parts.append("".join(traceback.format_tb(link.__traceback__)) + describe_error(link))
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "\nwhich led to:\n".join(reversed(parts))


def _is_told(error: BaseException) -> bool:
    is_told = g.get("told_error") is error
    g.told_error = error
    return is_told


def _is_away(error: BaseException) -> bool:
    if is_outage(error):
        return True
    is_drivers = not isinstance(error, DBAPIError) and any(kind.__name__ in DRIVERS for kind in type(error).__mro__)
    return is_drivers and not is_our_mistake(error)
