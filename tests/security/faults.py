"""What no answer may be: a 5xx, or one that shows SQL, a stack or a driver's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

LEAKS = re.compile(
    r"Traceback|sqlalchemy|psycopg|sqlite3|SELECT .+ FROM|INSERT INTO|UPDATE \w+ SET|Error\b.*line \d|werkzeug|\.py\b|pbkdf2:|scrypt:", re.I
)


HUGE = "9" * 30


def list_faults(answers: Iterator[tuple[str, Any]]) -> list[str]:
    """Return the requests that were answered by a 5xx or by inner words."""
    found = []
    for name, answer in answers:
        leak = LEAKS.search(answer.text) if answer.mimetype in ("text/html", "application/json", "text/plain") else None
        if answer.status_code >= 500 or leak:
            found.append(f"{name[:120]} -> {answer.status_code} {leak.group(0) if leak else ''}")
    return found


def hash_of(text: str) -> int:
    """Return a number that is the same in every run."""
    return sum(text.encode())
