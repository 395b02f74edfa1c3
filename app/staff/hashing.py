"""The hashes of passwords and codes. Each costs 128 MB and 0.4 s of a processor, so a process computes two at a time.

Whoever wants one takes a turn first (a semaphore), with no transaction open: behind a slow hash nobody's row, connection or
SQLite's one write lock must wait. Who finds both turns taken waits for at most `TURN_TIMEOUT`; who finds two threads waiting
already is refused at once (Busy), so that the threads of a server are left to pages.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app
from flask_babel import lazy_gettext as _l
from werkzeug.security import check_password_hash, generate_password_hash

from ..core.base.errors import Busy

AT_ONCE = 2  # turns of a process
MAX_WAITING = 2  # threads
TURN_TIMEOUT = 2.0  # seconds
MANY_SIGN_INS = _l("Many people are signing in just now. Wait a moment and try again.")
_free = threading.BoundedSemaphore(AT_ONCE)
_lock = threading.Lock()
_waiting = 0


class Hasher:
    """Computes hashes, one after the other, for whoever has a turn."""

    def make(self, password: str) -> str:
        """Return the password's hash by the configured method."""
        return generate_password_hash(password, current_app.config["FAB_PASSWORD_HASH_METHOD"])

    def check(self, hashed: str | None, password: str) -> bool:
        """Tell whether the hash is the password's. Without a hash the answer is no, and takes as long."""
        return check_password_hash(hashed or _fake_hash(), password)


@contextmanager
def take_turn() -> Iterator[Hasher]:
    """Give the block one of the turns; call it with no transaction open. Raises Busy."""
    if not _free.acquire(blocking=False):
        _wait()
    try:
        yield Hasher()
    finally:
        _free.release()


def count_waiting() -> int:
    """Return how many threads wait for a turn."""
    return _waiting


def _wait() -> None:
    global _waiting
    with _lock:
        if _waiting >= MAX_WAITING:
            raise Busy(MANY_SIGN_INS)
        _waiting += 1
    try:
        if not _free.acquire(timeout=TURN_TIMEOUT):
            raise Busy(MANY_SIGN_INS)
    finally:
        with _lock:
            _waiting -= 1


def _fake_hash() -> str:
    """Return a hash that is nobody's and costs what a real check costs; making it costs nothing."""
    return f"{current_app.config['FAB_PASSWORD_HASH_METHOD']}${secrets.token_hex(8)}${secrets.token_hex(64)}"
