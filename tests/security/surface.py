"""Every request that the URL map offers, with real ids filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask

from ..factories import World

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Call:
    """One method on one address."""

    method: str
    path: str
    endpoint: str

    @property
    def is_rest(self) -> bool:
        """Tell whether it belongs to the REST API, which is signed by a token."""
        return self.path.startswith("/api/")


def list_calls(app: Flask, world: World, *, pk: str | None = None) -> Iterator[Call]:
    """Yield a call for every route and method; `pk` replaces the real ids."""
    ids = {
        "Customers": world.signed["south1"],
        "Activities": world.activity["south1"],
        "Contracts": world.contract["south1"],
        "Tickets": world.ticket["south1"],
        "Staff": world.people["south2"],
    }
    bases = {base: rows["south1"] for base, rows in world.others.items()}
    for rule in app.url_map.iter_rules():
        module = rule.endpoint.split(".")[0].removesuffix("View").removesuffix("Api")
        first = bases.get(rule.rule.removeprefix("/api/v1").strip("/").split("/")[0], 1)
        values = {
            "pk": pk if pk is not None and "int:pk" not in rule.rule else ids.get(module, first),
            "name": "take" if "action" in rule.endpoint else "customers",
            "version": "v1",
            "code": "en",
            "locale": "en",
            "filename": "nothing.css",
        }
        built = rule.build({name: values.get(name, "1") for name in rule.arguments}, append_unknown=False)
        assert built is not None, rule
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Call(method, built[1], rule.endpoint)
