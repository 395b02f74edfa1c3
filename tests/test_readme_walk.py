"""A stranger adds a module by README's text alone: its files and commands are executed in a copy, then the module is taken away again."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from .conftest import ADMIN_PASSWORD, POSTGRES, Databases
from .forms import read_form, read_refusals
from .walking import ROOT, Block, Walk, copy_repository, fill_in, list_contents, make_environment, read_blocks

README = (ROOT / "README.md").read_text(encoding="utf-8")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Visitor:
    """Someone who speaks to the desk over HTTP: REST with a token, pages with a cookie."""

    def __init__(self, port: int) -> None:
        self.port, self.headers = port, {"Accept-Language": "en"}

    def send(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str, dict[str, str]]:
        """Send one request; returns status, text and headers."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, {**self.headers, **headers})
        answer = connection.getresponse()
        found = answer.status, answer.read().decode(), dict(answer.getheaders())
        connection.close()
        if "Set-Cookie" in found[2] and not path.startswith("/api/"):
            self.headers["Cookie"] = found[2]["Set-Cookie"].split(";")[0]
        return found

    def rest(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a request below /api/v1/ that is answered well."""
        status, text, _headers = self.send(method, f"/api/v1/{path}", json.dumps(body), **{"Content-Type": "application/json"})
        assert status in (200, 201), (path, status, text)
        return dict(json.loads(text))

    def sign_in(self) -> None:
        """Sign in by the form and over REST, as the first administrator."""
        page = self.send("GET", "/login/")[1]
        form = {**read_form(page), "username": "admin", "password": ADMIN_PASSWORD}
        status, page, _headers = self.send("POST", "/login/", urlencode(form), **FORM)
        assert status == 302, read_refusals(page)
        given = {"username": "admin", "password": ADMIN_PASSWORD, "provider": "db"}
        self.headers["Authorization"] = f"Bearer {self.rest('POST', 'security/login', given)['access_token']}"


@contextmanager
def serving(walk: Walk) -> Iterator[Visitor]:
    """Let the copy's desk serve while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    environment = {**walk.environment, "PORT": str(port)}
    server = subprocess.Popen(
        [sys.executable, "run.py"], cwd=walk.folder, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    visitor = Visitor(port)
    try:
        for _turn in range(300):
            try:
                if visitor.send("GET", "/health")[0] == 200:
                    break
            except (OSError, HTTPException):
                time.sleep(0.2)
            assert server.poll() is None, "the desk did not start"
        visitor.sign_in()
        yield visitor
    finally:
        server.terminate()
        server.wait(timeout=30)


def look(walk: Walk) -> None:
    """Open the module's screens and enter two quotations, one over REST and one by the form; each gets the next number."""
    with serving(walk) as visitor:
        customer = visitor.rest("POST", "customers/", {"name": "First Ltd", "status_id": 1})["id"]
        page = visitor.send("GET", f"/quotations/add?customer={customer}")[1]
        kind = re.search(r'value="(\d+)"[^>]*>First offer<', page)
        assert kind is not None, "its kinds are not offered"
        body = {"customer_id": customer, "title": "Racks for a year", "kind_id": int(kind[1]), "amount": "12000.50"}
        first = visitor.rest("POST", "quotations/", body)["result"]
        assert re.fullmatch(r"Q\d{4}000001", first["number"])
        status, text, _headers = visitor.send(
            "POST", "/api/v1/quotations/", json.dumps({**body, "title": " "}), **{"Content-Type": "application/json"}
        )
        assert (status, json.loads(text)) == (422, {"message": {"title": ["Enter the quotation's title."]}})
        form = {**read_form(page), "title": "Cross connects", "kind": kind[1], "amount": "7", "valid_until": "2999-12-31"}
        status, text, headers = visitor.send("POST", "/quotations/add", urlencode(form), **FORM)
        assert status == 302, read_refusals(text)
        second = first["number"].replace("000001", "000002")
        assert second in visitor.send("GET", headers["Location"])[1]
        assert 'href="/quotations/"' in visitor.send("GET", "/")[1]
        shown = visitor.send("GET", "/quotations/")[1]
        assert all(text in shown for text in (first["number"], second, "Racks for a year", "Cross connects"))
        shown = visitor.send("GET", f"/customers/show/{customer}")[1]
        assert "Racks for a year" in shown and "Quotations" in shown


@pytest.mark.slow
def test_a_stranger_adds_a_module_by_the_readme_and_takes_it_away(tmp_path: Path, databases: Databases) -> None:
    blocks, copy = read_blocks(README), tmp_path / "desk"
    copy_repository(copy)
    more = {"ADMIN_PASSWORD": ADMIN_PASSWORD}
    if POSTGRES:
        own = Databases(tmp_path, f"{databases.worker}_walk")
        own.create_empty()
        more["DATABASE_URL"] = own.url
    walk, before = Walk(copy, make_environment(tmp_path / "data", **more)), list_contents(copy)
    stages = {"run.py --no-serve": "looked", "pytest -k": "tested", "rm -r": "gone"}
    reached = []
    for block in blocks:
        walk.take(block)
        for text, stage in stages.items():
            if any(text in command for command in block.commands):
                reached.append(stage)
        if reached == ["looked"]:
            look(walk)
            reached.append("seen")
    assert reached == ["looked", "seen", "tested", "gone"]
    assert list_contents(copy) == before


# -- the machinery --------------------------------------------------------------------------------------------------------


def test_the_walk_names_six_files_below_app_and_edits_no_other() -> None:
    blocks = read_blocks(README)
    files = [block.path for block in blocks if block.language == "python"]
    names = ("__init__", "models", "rules", "guards", "views", "module")
    assert files == [*(f"app/quotations/{name}.py" for name in names), "tests/access/quotations.py", "tests/rules/test_quotations.py"]
    assert {block.path for block in blocks if block.language == "po"} == {"app/translations/zh/LC_MESSAGES/messages.po"}
    assert {block.language for block in blocks} == {"python", "po", "sh"}


SECTION = """
## Another
`a.py`:
```python
nothing
```

## How to add a module
Words, and more words.

`app/one.py`:
```python
ONE = 1

TWO = 2
```
Between `them`: nothing.
```sh
true
false  # ends with 1
```

## After
"""


def test_blocks_are_read_as_they_stand() -> None:
    assert read_blocks(SECTION) == [
        Block("python", "app/one.py", "ONE = 1\n\nTWO = 2\n"),
        Block("sh", "", "true\nfalse  # ends with 1\n"),
    ]


def test_a_command_that_ends_otherwise_stops_the_walk(tmp_path: Path) -> None:
    walk = Walk(tmp_path, make_environment(tmp_path))
    walk.take(Block("sh", "", "true\nfalse  # ends with 1\n"))
    for line in ("false", "true  # ends with 1"):
        with pytest.raises(AssertionError, match=line):
            walk.take(Block("sh", "", f"{line}\n"))


def test_an_edited_file_stops_the_walk(tmp_path: Path) -> None:
    walk, block = Walk(tmp_path, {}), Block("python", "app/one.py", "ONE = 1\n")
    walk.take(block)
    assert (tmp_path / "app" / "one.py").read_text() == "ONE = 1\n"
    with pytest.raises(AssertionError, match="is edited"):
        walk.take(block)


def test_words_are_filled_in_where_they_are_missing() -> None:
    catalogue = 'msgid "A"\nmsgstr "甲"\n\nmsgid "B"\nmsgstr ""\n'
    assert fill_in(catalogue, 'msgid "B"\nmsgstr "乙"\n') == 'msgid "A"\nmsgstr "甲"\n\nmsgid "B"\nmsgstr "乙"\n'
    with pytest.raises(AssertionError, match="does not wait"):
        fill_in(catalogue, 'msgid "A"\nmsgstr "乙"\n')
