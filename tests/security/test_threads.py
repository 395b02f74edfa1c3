"""Two people's requests at the same time never mix, in lists and in REST filters."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from app.core.lists import query
from app.core.views import rest

from ..conftest import Browser, RestClient
from ..factories import World

THREADS, ROUNDS = 8, 6
Ask = Callable[[str], str]


@pytest.fixture(autouse=True)
def _meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make requests wait for each other between reading their question and asking the database."""
    gate = threading.Barrier(2)

    def pause() -> None:
        try:
            gate.wait(0.05)
        except threading.BrokenBarrierError:
            gate.reset()

    real_run, real_query = query.ListQuery.run, rest.ApiInterface.query
    monkeypatch.setattr(query.ListQuery, "run", lambda self, *args: (pause(), real_run(self, *args))[1])
    monkeypatch.setattr(rest.ApiInterface, "query", lambda self, *args, **kwargs: (pause(), real_query(self, *args, **kwargs))[1])


def ask_screens(app: Flask) -> Ask:
    """Return how a person asks for a list by the screen."""
    cookies = {}
    for name in ("south1", "north1"):
        browser = Browser(app).sign_in(name)
        cookies[name] = browser.client.get_cookie("countersign").value

    def ask(name: str) -> str:
        client = app.test_client()
        client.set_cookie("countersign", cookies[name])
        return client.get(f"/customers/?q={name}").text

    return ask


def ask_rest(app: Flask) -> Ask:
    """Return how a person asks for a list by REST."""
    headers = {name: RestClient(app, name).headers for name in ("south1", "north1")}

    def ask(name: str) -> str:
        query = f"(filters:!((col:name,opr:ct,value:{name})))"
        return app.test_client().get(f"/api/v1/customers/?q={query}", headers=headers[name]).text

    return ask


def count_wrong(ask: Ask) -> int:
    """Return how many of many simultaneous answers are not the asker's."""
    names = ["south1", "north1"] * (THREADS * ROUNDS // 2)
    other = {"south1": "north1", "north1": "south1"}
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(ask, names))
    return sum(f"{name} Signed Ltd" not in text or f"{other[name]} Signed Ltd" in text for name, text in zip(names, answers, strict=True))


@pytest.mark.parametrize("way", [ask_screens, ask_rest])
def test_answers_under_eight_threads_are_the_asker_s(app: Flask, world: World, way: Callable[[Flask], Ask]) -> None:
    assert count_wrong(way(app)) == 0


def test_filters_shared_between_threads_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    shared: dict[str, Any] = {}
    real = rest.DeskApi._handle_filters_args

    def share(self: Any, asked: Any) -> Any:
        """Keep the filters on one object for all, as FAB does."""
        shared["filters"] = real(self, asked)
        return _Latest(shared)

    monkeypatch.setattr(rest.DeskApi, "_handle_filters_args", share)
    assert count_wrong(ask_rest(app)) > 0


class _Latest:
    """Filters that are read when the statement is made, not when the question was."""

    def __init__(self, shared: dict[str, Any]) -> None:
        self.shared = shared

    def apply_all(self, query: Any) -> Any:
        """Apply what the last asker left."""
        return self.shared["filters"].apply_all(query)


def test_a_list_query_shared_between_threads_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Any] = {}
    real = query.ListQuery.read

    def read(self: Any, args: Any) -> Any:
        kept["conditions"] = self.conditions
        return real(self, args)

    select_total = query.ListQuery.select_total

    def select_shared(self: Any, cap: int) -> Any:
        self.conditions = kept["conditions"]
        return select_total(self, cap)

    monkeypatch.setattr(query.ListQuery, "read", read)
    monkeypatch.setattr(query.ListQuery, "select_total", select_shared)
    assert count_wrong(ask_screens(app)) > 0
