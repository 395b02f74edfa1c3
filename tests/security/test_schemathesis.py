"""Schemathesis over the OpenAPI document: no request that it makes up ends in a 5xx or shows inner words.

The document is the app's own, the requests go to the WSGI app in this process. Valid data and data that breaks the
document, for every operation, as an administrator and as a salesperson.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import prison
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from app.core.views import rest

from ..conftest import RestClient
from ..factories import World
from .faults import list_faults

EXAMPLES = 20  # of each operation and mode
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


class Fuzz:
    """What came back from made-up requests."""

    def __init__(self, app: Flask, person: str) -> None:
        self.rest = RestClient(app, person)
        document = self.rest.send("GET", "_openapi")
        assert document.status_code == 200
        self.schema = schemathesis.openapi.from_dict(json.loads(document.text))
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []
        self.operations: set[str] = set()
        self.reached: set[str] = set()  # operations that answered a 2xx

    def run(self, examples: int, only: str = "") -> Fuzz:
        """Send requests for every operation (whose path holds `only`)."""
        for found in self.schema.get_all_operations():
            operation = found.ok()
            if only in operation.path:
                self.operations.add(operation.label)
                for mode in MODES:
                    self._send_many(operation, mode, examples)
        return self

    def _send_many(self, operation: Any, mode: GenerationMode, examples: int) -> None:
        is_signed = "/security/" not in operation.path

        @settings(
            max_examples=examples, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            self._send(case, signed=is_signed)

        send()

    def _send(self, case: Any, *, signed: bool) -> None:
        known = case.path_parameters.get("pk") if case.path_parameters else None
        if signed and isinstance(known, int):
            case.path_parameters["pk"] = known % 9  # most of them are there
        if signed and isinstance(case.body, dict):
            case.body.update({name: 1 + value % 4 for name, value in case.body.items() if name.endswith("_id") and type(value) is int})
        wanted = case.as_transport_kwargs()
        headers = {name: value for name, value in wanted["headers"].items() if name not in UNSENT and is_sendable(value)}
        if signed:
            headers["Authorization"] = self.rest.headers["Authorization"]
        body = {name: wanted[name] for name in ("json", "data") if wanted.get(name) is not None}
        path, arguments = wanted["url"], {name: as_rison(value) for name, value in (wanted.get("params") or {}).items()}
        answer = self.rest.client.open(path, method=wanted["method"], query_string=arguments, headers=headers, **body)
        self.statuses[answer.status_code] += 1
        if (answer.status_code // 100) == 2:
            self.reached.add(case.operation.label)
        self.faults += list_faults(iter([(f"{wanted['method']} {path} {arguments} {body}"[:600], answer)]))
        answer.close()


UNSENT = {"Host", "Accept-Encoding", "Connection", "Content-Length"}


def is_sendable(value: str) -> bool:
    """Tell whether a header's value can go over the wire."""
    return value.isascii() and value.isprintable()


def as_rison(value: Any) -> Any:
    """Return a JSON argument as FAB's Rison, what it is documented as; anything else as it is."""
    try:
        return prison.dumps(json.loads(value))
    except (TypeError, ValueError, RecursionError):
        return value


@pytest.mark.slow
@pytest.mark.parametrize("person", ["chief", "south1"])
def test_nothing_that_schemathesis_makes_up_is_an_error_of_ours(app: Flask, world: World, person: str) -> None:
    fuzz = Fuzz(app, person).run(EXAMPLES)
    assert fuzz.faults == [], "\n".join(fuzz.faults)
    assert len(fuzz.operations) >= 20
    assert sum(fuzz.statuses.values()) >= 700
    # The control: it is no wall of refusals that answers.
    assert len(fuzz.reached) >= 12, fuzz.statuses
    assert {200, 400, 404, 422} <= set(fuzz.statuses), fuzz.statuses


@pytest.mark.slow
def test_an_error_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def show(*_: Any, **__: Any) -> Any:
        raise RuntimeError("sqlalchemy.exc.DataError: SELECT name FROM customer")

    monkeypatch.setattr(rest.ApiInterface, "query", show)
    assert Fuzz(app, "chief").run(2, only="/customers/").faults != []
