"""Sixteen posters of random names, with the real hash: two hashes at a time, and pages are served meanwhile."""

from __future__ import annotations

import hashlib
import http.client
import json
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from app import create_app
from app.extensions import db
from app.serving import THREADS

from ..conftest import Databases, make_test_settings
from .test_sign_in_bounds import Mill


class Flood:
    """Sixteen clients that post random names, and one that reads a page."""

    def __init__(self, port: int) -> None:
        self.port, self.until = port, time.monotonic() + 6

    def ask(self, method: str, path: str, body: Any = None) -> int:
        """Send one request; returns the status."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        link.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"} if body else {})
        status = link.getresponse().status
        link.close()
        return status

    def post(self, _number: int) -> list[int]:
        """Post random names until the time is up."""
        found = []
        while time.monotonic() < self.until:
            found.append(self.ask("POST", "/api/v1/security/login", {"username": secrets.token_hex(8), "password": "x", "provider": "db"}))
        return found

    def read(self) -> list[float]:
        """Read the sign-in page until the time is up; returns the seconds of each."""
        found = []
        while time.monotonic() < self.until:
            begun = time.monotonic()
            assert self.ask("GET", "/login/") == 200
            found.append(time.monotonic() - begun)
            time.sleep(0.05)
        return found


@pytest.fixture
def real_port(app: Flask, databases: Databases) -> Iterator[int]:
    """Return the port of a server with as many threads as `run.py` gives it, and the real hash."""
    settings = make_test_settings(databases.folder, databases.url)
    desk = create_app({**settings, "FAB_PASSWORD_HASH_METHOD": "scrypt:131072:8:1", "SIGN_INS_PER_ADDRESS": 10_000})
    server = create_server(desk, host="127.0.0.1", port=0, threads=THREADS)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    yield int(server.effective_port)
    # Closed by the server's own loop: a socket that is closed while another thread waits for it is an error there.
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))
    thread.join(10)
    assert not thread.is_alive()
    server.task_dispatcher.shutdown(timeout=10)
    with desk.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.slow
def test_sixteen_posters_leave_room_for_pages(real_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    mill, real = Mill(), hashlib.scrypt
    mill.open.set()
    monkeypatch.setattr(hashlib, "scrypt", lambda *args, **kwargs: real_under(mill, real, args, kwargs))
    flood = Flood(real_port)
    with ThreadPoolExecutor(17) as pool:
        posts = [pool.submit(flood.post, n) for n in range(16)]
        pages = pool.submit(flood.read).result()
        answers = [status for one in posts for status in one.result()]
    assert set(answers) == {401, 429}
    assert mill.most == 2, "more than two hashes at a time"
    assert len(pages) >= 5 and sorted(pages)[len(pages) // 2] < 2.0


def real_under(mill: Mill, real: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Compute the real hash, counted for all its length."""
    with mill.lock:
        mill.running += 1
        mill.most = max(mill.most, mill.running)
    try:
        return real(*args, **kwargs)
    finally:
        with mill.lock:
            mill.running -= 1
