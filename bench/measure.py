"""What a request costs: CPU time from the processes' own accounting, elapsed time, size; and a small HTTP client."""

from __future__ import annotations

import http.client
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode

TICK = os.sysconf("SC_CLK_TCK")
FORM = "application/x-www-form-urlencoded"


def read_stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat behind the name; empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def find_tree(root: int) -> list[int]:
    """Return the process and its descendants."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := read_stat(int(entry.name))):
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found.extend(parents.get(pid, []))
    return found


def read_cpu(root: int) -> float:
    """Return the CPU seconds (user and system) that a process and its descendants have used, ended children included."""
    return sum(int(value) for pid in find_tree(root) for value in read_stat(pid)[11:15]) / TICK


def read_pss(pid: int) -> float:
    """Return a process's proportional set size in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


class Fields(HTMLParser):
    """Collects the named inputs of a page and the first non-empty option of each select."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "select":
            self._select = given.get("name") or ""
        elif tag == "input" and given.get("name"):
            self.values.setdefault(str(given["name"]), given.get("value") or "")
        elif tag == "option" and given.get("value") and self._select:
            self.values.setdefault(self._select, str(given["value"]))


class Client:
    """One browser: keeps its connection and its cookies."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, {}
        self._connection: http.client.HTTPConnection | None = None

    def send(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, bytes, http.client.HTTPMessage]:
        """Send a request; return status, body and headers. A connection the server closed is opened again."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            body, headers["Content-Type"] = urlencode(form), FORM
        for attempt in (1, 2):
            self._connection = self._connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=180)
            try:
                self._connection.request(method, path, body, headers)
                answer = self._connection.getresponse()
                content = answer.read()
                break
            except (http.client.RemoteDisconnected, ConnectionError, BrokenPipeError):
                self._connection.close()
                self._connection = None
                if attempt == 2:
                    raise
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, content, answer.headers

    def get(self, path: str) -> bytes:
        """Return the page; fail when it is not one."""
        status, body, _headers = self.send("GET", path)
        if status != 200:
            raise RuntimeError(f"GET {path} answered {status}: {body[:300]!r}")
        return body

    def read_form(self, path: str) -> dict[str, str]:
        """Return the hidden and preset fields of the form on a page."""
        fields = Fields()
        fields.feed(self.get(path).decode())
        return fields.values

    def sign_in(self, path: str, username: str, password: str) -> Client:
        """Sign in by the form, with its token."""
        form = {"csrf_token": self.read_form(path).get("csrf_token", ""), "username": username, "password": password}
        status, _body, headers = self.send("POST", path, form)
        if status != 302 or "login" in (headers["Location"] or ""):
            raise RuntimeError(f"{username} could not sign in: {status}")
        return self


@dataclass
class Figure:
    """What one kind of work cost."""

    cpu: float = 0.0  # ms a request, application and database
    database: float = 0.0  # the database's part of it
    p50: float = 0.0
    p95: float = 0.0
    size: int = 0
    count: int = 0
    rate: float = 0.0


def measure(application: int, database: int, ask: Callable[[], int], *, most: int, seconds: float) -> Figure:
    """Run a request again and again, a few times uncounted, and return its cost. `ask` returns the answer's size.

    The first two are the process ids of the two servers. Stops after `most` requests or this many seconds, never before three.
    """
    _repeat(ask, max(most // 10, 2), seconds / 6)
    before = read_cpu(application), read_cpu(database)
    times, size = _repeat(ask, most, seconds)
    used = read_cpu(application) - before[0], read_cpu(database) - before[1]
    cuts = quantiles(times, n=20, method="inclusive")
    each = 1000 / len(times)
    return Figure(sum(used) * each, used[1] * each, 1000 * cuts[9], 1000 * cuts[18], size, len(times))


def _repeat(ask: Callable[[], int], most: int, seconds: float) -> tuple[list[float], int]:
    times: list[float] = []
    size, begun = 0, time.monotonic()
    while len(times) < most and (len(times) < 3 or time.monotonic() - begun < seconds):
        start = time.perf_counter()
        size = max(size, ask())
        times.append(time.perf_counter() - start)
    return times, size


def measure_rate(clients: list[Client], path: str, seconds: float) -> float:
    """Return the requests a second that these clients get answered when all ask at once."""
    counts = [0] * len(clients)
    end = time.monotonic() + seconds

    def ask(place: int) -> None:
        while time.monotonic() < end:
            clients[place].get(path)
            counts[place] += 1

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(clients))]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - begun)
