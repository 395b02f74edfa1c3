"""One person of the mixed load: a session, a REST token, what was asked of the desk and what was acknowledged."""

from __future__ import annotations

import html
import http.client
import json
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlencode

from company import PASSWORD
from measure import FORM

TIMEOUT = 60  # seconds that an answer may take
TOKEN = re.compile(r"mx[0-9a-f]{6}p\d+n\d+")  # by which the oracle knows a text, wherever it stands
REFUSED = "note-danger"  # a message on the page after a form that was redirected, and not saved
FORMS = re.compile(r'<form[^>]*method="post"[^>]*action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
SELECTED = re.compile(r'<option[^>]*selected[^>]*value="([^"]*)"|<option[^>]*value="([^"]*)"[^>]*selected')


@dataclass
class Write:
    """One write that was sent. `row` is 0 for a new row until its id is known."""

    person: int
    table: str
    row: int
    field: str
    text: str
    is_new: bool
    is_shared: bool
    begun: float
    answered: float = 0.0
    status: int = 0
    is_acknowledged: bool = False
    shown: str | None = None  # what the answer said that the field holds
    parent: int = 0  # of a comment: its ticket, as the answer does not name the comment


@dataclass
class Answer:
    """What the server said; status 0 when it said nothing."""

    status: int
    text: str
    location: str = ""
    retry_after: str | None = None

    @property
    def data(self) -> dict[str, Any]:
        """Return the JSON of the answer, empty when it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return {}


@dataclass
class Tally:
    """What a person's requests came to, in seconds and by status."""

    reads: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)  # answers of 500 and above that are not a declared “busy”, and none
    wrong: list[str] = field(default_factory=list)  # answers that show what is not so
    refused: Counter[str] = field(default_factory=Counter)


def read_form(page: str, action: str) -> dict[str, str]:
    """Return what the form of a page with this address would send if nothing were typed; empty when it is not there."""
    inner = next((inner for found, inner in FORMS.findall(page) if found == action), "")
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", inner):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or re.search(r"\bchecked\b", tag)):
            found.setdefault(name[1], html.unescape(value[1]) if value else "")
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', inner, re.DOTALL):
        chosen = SELECTED.search(options)
        first = re.search(r'<option[^>]*value="([^"]*)"', options)  # which a browser sends when none is marked
        found[name] = (chosen[1] or chosen[2] or "") if chosen else (first[1] if first else "")
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', inner, re.DOTALL):
        found[name] = html.unescape(text).lstrip("\r\n")
    return found


class Person:
    """A browser and a REST client of one person; a connection and a journal of their own."""

    def __init__(self, port: int, name: str, actor: int, run: str, seed: int) -> None:
        self.port, self.name, self.actor, self.run = port, name, actor, run
        self.random = Random(f"{seed} {name}")
        self.journal: list[Write] = []
        self.tally = Tally()
        self.held: dict[tuple[str, int, str], str] = {}  # what fields hold that nobody else writes
        self._cookies: dict[str, str] = {}
        self._bearer = ""
        self._connection: http.client.HTTPConnection | None = None

    # -- asking ---------------------------------------------------------------------------------------------------

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, body: Any = None) -> Answer:
        """Send one request, never twice, and note how long the answer took."""
        begun = time.perf_counter()
        answer = self._send(method, path, form, body)
        (self.tally.reads if method == "GET" else self.tally.writes).append(time.perf_counter() - begun)
        self.tally.statuses[answer.status] += 1
        is_busy = answer.status == 503 and answer.retry_after is not None
        if (answer.status >= 500 and not is_busy) or answer.status == 0:
            self.tally.faults.append(f"{time.strftime('%H:%M:%S')} {self.name} {method} {path}: {answer.status} {answer.text[:300]}")
        return answer

    def _send(self, method: str, path: str, form: dict[str, str] | None, body: Any) -> Answer:
        headers = {"Accept-Language": "en"}
        content: str | None = None
        if path.startswith("/api/"):
            headers["Authorization"] = f"Bearer {self._bearer}"
        else:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if form is not None:
            content, headers["Content-Type"] = urlencode(form), FORM
        elif body is not None:
            content, headers["Content-Type"] = json.dumps(body), "application/json"
        self._connection = self._connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            self._connection.request(method, path, content, headers)
            got = self._connection.getresponse()
            text = got.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            self._connection = None
            return Answer(0, repr(error))
        for line in got.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return Answer(got.status, text, got.headers["Location"] or "", got.headers["Retry-After"])

    def sign_in(self) -> Person:
        """Sign in by the form and over REST, waiting where the desk says that it is busy; nothing of this is counted."""
        login = {"username": self.name, "password": PASSWORD, "provider": "db", "refresh": True}
        for _turn in range(20):
            form = read_form(self.ask("GET", "/login/").text, "/login/")
            page = self.ask("POST", "/login/", {**form, "username": self.name, "password": PASSWORD})
            token = self.ask("POST", "/api/v1/security/login", body=login)
            if page.status == 302 and token.status == 200:
                break
            time.sleep(1)
        else:
            raise SystemExit(f"{self.name} could not sign in: {page.status}, {token.status} {token.text[:200]}")
        self._bearer = token.data["access_token"]
        self.tally = Tally()
        return self

    # -- writing --------------------------------------------------------------------------------------------------

    def begin(self, table: str, row: int, name: str, *, is_shared: bool = False) -> Write:
        """Return the note of a write that is about to be sent, with a text that stands nowhere else."""
        text = f"mx{self.run}p{self.actor}n{len(self.journal)} by {self.name}"
        write = Write(self.actor, table, row, name, text, row == 0, is_shared, time.perf_counter())
        self.journal.append(write)
        return write

    def finish(self, write: Write, answer: Answer, *, row: int, shown: str | None, is_saved: bool) -> None:
        """Note what came of a write; hold the answer to one's own record against what was sent."""
        write.answered, write.status, write.is_acknowledged, write.shown = time.perf_counter(), answer.status, is_saved, shown
        write.row = write.row or row
        key = (write.table, write.row, write.field)
        if not is_saved:
            what = f"{'new ' * write.is_new}{write.table} {answer.status}"
            self.tally.refused[f"{what} {str(answer.data.get('message', ''))[:90]}".strip()] += 1
            if answer.status == 0 or answer.status >= 500:
                self.held.pop(key, None)
            return
        if not write.is_shared:
            self.held[key] = write.text
            if shown != write.text:
                self.tally.wrong.append(f"{self.name} saved {write.text!r} in {key}, the answer shows {shown!r}")

    def put(self, module: str, table: str, row: int, name: str, *, is_shared: bool = False, **more: Any) -> Write:
        """Change a record over REST."""
        write = self.begin(table, row, name, is_shared=is_shared)
        answer = self.ask("PUT", f"/api/v1/{module}/{row}", body={name: write.text, **more})
        self.finish(write, answer, row=row, shown=answer.data.get("result", {}).get(name), is_saved=answer.status == 200)
        return write

    def post(self, module: str, table: str, name: str, **more: Any) -> Write:
        """Add a record over REST."""
        write = self.begin(table, 0, name)
        answer = self.ask("POST", f"/api/v1/{module}/", body={name: write.text, **more})
        shown, is_saved = answer.data.get("result", {}).get(name), answer.status == 201
        self.finish(write, answer, row=int(answer.data.get("id") or 0) if is_saved else 0, shown=shown, is_saved=is_saved)
        return write

    def send_form(self, page: str, action: str, table: str, row: int, name: str, *, is_shared: bool = False, **more: str) -> Write | None:
        """Open a page, type a text into its form, send it and look at the page one is led to; None when there is no such form."""
        form = read_form(self.ask("GET", page).text, action)
        if not form:
            self.tally.refused[f"no form on {page.rpartition('/')[0]}"] += 1
            return None
        write = self.begin(table, row, name, is_shared=is_shared)
        answer = self.ask("POST", action, {**form, **more, name: write.text})
        led = self.ask("GET", answer.location.partition("#")[0]).text if answer.status == 302 and answer.location else ""
        shown = write.text if write.text in led else None
        is_saved = answer.status == 302 and "/show/" in answer.location and REFUSED not in led
        found = re.search(r"/show/(\d+)", answer.location)
        at = int(found[1]) if found and is_saved else 0
        write.parent = at if table == "ticket_comment" else 0
        self.finish(write, answer, row=at if not write.parent else 0, shown=shown, is_saved=is_saved)
        return write

    def look(self, module: str, table: str, row: int, *names: str) -> dict[str, Any]:
        """Read a record over REST; what nobody else writes must stand there as it was saved."""
        result = self.ask("GET", f"/api/v1/{module}/{row}").data.get("result", {})
        for name in names:
            known = self.held.get((table, row, name))
            if known is not None and result and result.get(name) != known:
                self.tally.wrong.append(f"{self.name} reads {result.get(name)!r} in {(table, row, name)}, saved was {known!r}")
        return result
