"""Nothing that outlives a request is written by one, declared caches excepted: a walk over every long-lived object."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date, datetime
from functools import _lru_cache_wrapper
from types import FunctionType, MethodType, ModuleType
from typing import Any

import pytest
from flask import Flask
from flask_wtf import FlaskForm

from app.core.access.viewer import as_system
from app.core.base.caches import Cache
from app.core.views import rest
from app.extensions import db

from .. import access_records
from ..access_records import Records
from ..access_table import ROUTES
from ..conftest import Browser, RestClient
from ..factories import World
from ..people import ANYBODY, PEOPLE

THREADS = 8
# Whose objects are walked through: what a request can reach and the next one will.
OURS = ("app.", "flask_appbuilder", "marshmallow", "wtforms", "apispec", "flask_wtf")
PLAIN = (str, bytes, int, float, bool, type(None), date, datetime)
# Objects that are state by their nature, and why that is no leak.
STATE_BY_NATURE = {
    "app.core.db.watchdog.CircuitBreaker": "knows whether the database is away, for all requests alike",
    "app.core.web.sessions.PageSessions": "keeps the signers by key",
    "wtforms.fields.core.UnboundField": "counts every field that a form declares, so that they keep their order",
}


class Walk:
    """A picture of everything reachable: path -> what stands there, by identity for objects and by value for plain data."""

    def __init__(self, roots: dict[str, Any]) -> None:
        self.found: dict[str, Any] = {}
        self._seen: set[int] = set()
        self.objects: list[Any] = []  # held, so that no address is used again while the picture is taken
        for name, root in roots.items():
            for step, part in root.items() if isinstance(root, dict) else [("", root)]:
                self._visit(f"{name} {step}", part)

    def _visit(self, path: str, value: Any) -> None:
        if isinstance(value, PLAIN):
            self.found[path] = value
            return
        self.found[path] = id(value)
        if id(value) in self._seen or len(path) > 300:
            return
        self._seen.add(id(value))
        self.objects.append(value)
        for step, part in self._parts(value):
            self._visit(f"{path}{step}", part)

    def _parts(self, value: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(value, Cache | _lru_cache_wrapper | ModuleType | FunctionType | MethodType):
            return
        if isinstance(value, dict):
            yield "#", len(value)
            yield from ((f"[{key!r}]"[:80], part) for key, part in list(value.items()))
        elif isinstance(value, list | tuple | set | frozenset):
            yield "#", len(value)
            if isinstance(value, list | tuple):
                yield from ((f"[{place}]", part) for place, part in enumerate(value))
        elif self.is_ours(value):
            attributes = vars(value)
            yield "#", len(attributes)
            yield from ((f".{name}", part) for name, part in list(attributes.items()) if not name.startswith("__"))

    @staticmethod
    def is_ours(value: Any) -> bool:
        kind = value if isinstance(value, type) else type(value)
        name = f"{kind.__module__}.{kind.__qualname__}"
        is_model = isinstance(value, type) and hasattr(value, "__table__")  # SQLAlchemy works out its own as it goes
        return name.startswith(OURS) and name not in STATE_BY_NATURE and not is_model and hasattr(value, "__dict__")


@contextmanager
def watched(walk: Walk) -> Iterator[set[str]]:
    """Note every attribute that is set meanwhile on an object of the walk, also one that is put back before the request ends."""
    written: set[str] = set()
    held = {id(value): value for value in walk.objects}
    classes = {type(value) for value in walk.objects if not isinstance(value, type) and Walk.is_ours(value)}
    # A class that takes its way of setting from a base in the list is noted there.
    classes = {cls for cls in classes if "__setattr__" in vars(cls) or not classes & set(cls.__mro__[1:])}
    own = {cls: vars(cls).get("__setattr__") for cls in classes}

    def note(cls: type) -> Any:
        real = cls.__setattr__

        def set_noted(self: Any, name: str, value: Any) -> None:
            if id(self) in held:
                written.add(f"{type(self).__module__}.{type(self).__qualname__}.{name}")
            real(self, name, value)

        return set_noted

    for cls in classes:
        cls.__setattr__ = note(cls)  # type: ignore[method-assign]
    try:
        yield written
    finally:
        for cls, kept in own.items():
            if kept is None:
                del cls.__setattr__  # type: ignore[misc]
            else:
                cls.__setattr__ = kept  # type: ignore[method-assign]


def list_roots(app: Flask) -> dict[str, Any]:
    """Return every view, API, form, schema and interface, the security manager, and the globals of our modules."""
    builder = app.extensions["appbuilder"]
    roots: dict[str, Any] = {f"view {type(view).__name__}": view for view in builder.baseviews}
    roots |= {"security": builder.sm, "extensions": {key: app.extensions[key] for key in ("csrf",) if key in app.extensions}}
    for name, module in list(sys.modules.items()):
        if name.startswith("app.") and not name.startswith("app.migrations"):
            roots[name] = {
                key: value for key, value in vars(module).items() if not key.startswith("__") and not isinstance(value, ModuleType)
            }
    return roots


def list_changes(before: Walk, after: Walk) -> list[str]:
    """Return the paths that a request wrote, appeared or lost."""
    paths = {**before.found, **after.found}
    return sorted(path for path in paths if before.found.get(path, "-") != after.found.get(path, "-"))


class Crowd:
    """Everybody signed in, sending the routes of the access table."""

    def __init__(self, app: Flask, world: World) -> None:
        self.app, self.world = app, world
        with app.app_context(), as_system("import"):
            self.records: Records = access_records.prepare_records(world)
            db.session.commit()
            self.filler = access_records.Filler(app, world, self.records, access_records.read_fixed(world))
        self.cookies = {}
        for name in PEOPLE:
            browser = Browser(app).sign_in(name)
            self.cookies[name] = (browser.client.get_cookie("countersign").value, browser.token())
        self.headers = {name: RestClient(app, name).headers for name in PEOPLE}

    def list_requests(self) -> list[tuple[str, str, str, dict[str, Any]]]:
        """Return (person, method, path, body) of every route for everybody, its first and its last record."""
        found = []
        for key, route in sorted(ROUTES.items()):
            method = key.split(" ", 1)[0]
            pks = self.records.of(route.kind) if route.kind else [None]
            for person in (*PEOPLE, ANYBODY):
                for pk in dict.fromkeys((pks[0], pks[-1])):
                    found.append((person, method, *self.filler.fill(key, route, pk)))
        return found

    def send(self, request: tuple[str, str, str, dict[str, Any]]) -> int:
        """Send one request; returns the status."""
        person, method, path, body = request
        client = self.app.test_client()
        if path.startswith("/api/"):
            headers = self.headers.get(person, {})
            with client.open(path, method=method, json=body if method in ("POST", "PUT") else None, headers=headers) as answer:
                return answer.status_code
        token = ""
        if person != ANYBODY:
            cookie, token = self.cookies[person]
            client.set_cookie("countersign", cookie)
        data = {**access_records.as_form(body), "csrf_token": token} if method == "POST" else None
        with client.open(path, method=method, data=data) as answer:
            return answer.status_code


def make_forms(app: Flask) -> None:
    """Make each form once: WTForms notes the fields of a form's class when it is first made."""
    kinds, left = set(), [FlaskForm]
    while left:
        found = left.pop().__subclasses__()
        kinds.update(found)
        left.extend(found)
    with app.test_request_context():
        for kind in kinds:
            with suppress(TypeError):  # one that is told what it is about; its class has noted its fields by then
                kind(formdata=None)


def warm_up(crowd: Crowd) -> None:
    """Open each kind of page once in each language, so that what is worked out once is there."""
    make_forms(crowd.app)
    for request in crowd.list_requests():
        if request[0] in ("chief", "it", "south1", ANYBODY) and request[1] == "GET":
            crowd.send(request)


@pytest.mark.slow
def test_no_request_writes_what_outlives_it(app: Flask, world: World) -> None:
    crowd = Crowd(app, world)
    warm_up(crowd)
    requests = crowd.list_requests()
    before = Walk(list_roots(app))
    assert len(before.found) > 5_000
    with watched(before) as written, ThreadPoolExecutor(THREADS) as pool:
        statuses = list(pool.map(crowd.send, requests))
    assert list_changes(before, Walk(list_roots(app))) == []
    assert written == set()
    assert {status for status in statuses if status >= 500} == set()
    assert {200, 302, 403, 404} <= set(statuses)


def test_a_request_that_leaves_something_behind_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: marshmallow-sqlalchemy's own way, which keeps the row on the schema until it is loaded."""

    def write(self: Any, item: Any, _reader: Any, body: dict[str, Any], *, partial: bool = False) -> None:
        self.edit_model_schema.load(body, instance=item, partial=partial)
        self.last_body = body

    monkeypatch.setattr(rest.DeskApi, "_write", write)
    client = RestClient(app, "south1")
    before = Walk(list_roots(app))
    with watched(before) as written:
        assert client.send("PUT", f"customers/{world.lead['south1']}", {"address": "here"}).status_code == 200
    assert {name.rsplit(".", 1)[1] for name in written} >= {"instance", "last_body"}
    assert [path for path in list_changes(before, Walk(list_roots(app))) if path.endswith(".last_body")] != []
