"""What modules offer of a case's contract and customer: facts that conditions ask and approvals are pinned to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..core.base.offers import FACTS, Fact
from ..core.writes.history import to_text
from .flow.conditions import Value
from .flow.definition import Kind


@dataclass(frozen=True)
class Offer:
    """A fact of the case's contract or customer, and the kind by which conditions compare it."""

    fact: Fact
    kind: Kind


def list_offered() -> Mapping[str, Offer]:
    """Return what the modules offer, by code."""
    return {code: Offer(fact, Kind(fact.kind)) for code, fact in FACTS.first_of_each().items()}


def read_offered(records: Mapping[str, Any]) -> dict[str, Value]:
    """Return the facts of a case's records (“contract”, “customer”); of one that is not there none."""
    there = {code: offer.fact for code, offer in list_offered().items() if records.get(offer.fact.of) is not None}
    return {code: fact.read(records[fact.of]) for code, fact in there.items()}  # type: ignore[misc]  # each as its kind says


def read_pinned(codes: Iterable[str], records: Mapping[str, Any]) -> dict[str, str]:
    """Return the binding facts of a case's records as texts: what approvals are pinned to."""
    facts = FACTS.first_of_each()
    found = {}
    for code in codes:
        fact = facts.get(code)
        row = records.get(fact.of) if fact is not None else None
        if fact is not None and row is not None:
            found[code] = to_text(fact.read(row)) or ""
    return found
