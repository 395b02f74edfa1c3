"""What contracts offer to processes: facts that conditions ask and approvals are pinned to, and coming into force at the end."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from ..core.base.formatting import money, show
from ..core.base.offers import Effect, Fact
from ..core.writes.change import Change
from ..core.writes.row_data import write
from . import rules
from .models import Contract

FACTS = (
    Fact("contract.amount", _l("Contract amount"), "money", lambda row: row.amount, lambda row: money(row.amount, row.currency)),
    Fact("contract.currency", _l("Contract currency"), "text", lambda row: row.currency, lambda row: row.currency),
    Fact("contract.start_on", _l("Contract starts on"), "date", lambda row: row.start_on, lambda row: show(row.start_on)),
    Fact("contract.end_on", _l("Contract ends on"), "date", lambda row: row.end_on, lambda row: show(row.end_on)),
    Fact("contract.title", _l("Contract title"), "text", lambda row: row.title, lambda row: row.title),
)


def bring_into_force(row: Contract, _given: Mapping[str, object]) -> None:
    """Bring a contract into force; the gate says whether it may be."""
    write(row, {"status": rules.IN_FORCE})


def comes_into_force(change: Change) -> bool:
    """Tell whether a write brings a contract into force."""
    return change.row.status == rules.IN_FORCE and change.changed("status")


EFFECTS = (Effect("contract_in_force", _l("The contract comes into force"), "contract", bring_into_force, Contract, comes_into_force, {}),)
