"""What customers offer to processes: facts that conditions ask and approvals are pinned to, and termination at the end."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from ..core.base.offers import Effect, Fact
from ..core.writes.change import Change
from ..core.writes.option_sets import Choice, name_of, read_entries
from ..core.writes.row_data import write
from . import rules
from .models import Customer, Status


def _read_entry(row_id: int | None) -> str:
    """Return the Chinese name of an entry of a short list: conditions are the same for readers of any language."""
    entry = read_entries(Choice).get(row_id or 0)
    return entry.name_zh if entry is not None else ""


FACTS = (
    Fact("customer.name", _l("Customer name"), "text", lambda row: row.name, lambda row: row.name),
    Fact("customer.region", _l("Customer region"), "text", lambda row: _read_entry(row.region_id),
         lambda row: name_of(Choice, row.region_id)),
    Fact("customer.industry", _l("Customer industry"), "text", lambda row: _read_entry(row.industry_id),
         lambda row: name_of(Choice, row.industry_id)),
    Fact("customer.status", _l("Customer status"), "text", lambda row: row.status.name_zh, lambda row: row.status_name),
)  # fmt: skip


def terminate(row: Customer, given: Mapping[str, object]) -> None:
    """Terminate a customer with reason and day; the gate says whether it may be."""
    entry = next((one for one in read_entries(Status).values() if one.stage == rules.TERMINATED and one.is_active), None)
    wanted = entry.id if entry is not None else None
    write(row, {"status_id": wanted, "status_reason": given.get("reason") or "", "ended_on": given.get("ended_on")})


def is_terminated(change: Change) -> bool:
    """Tell whether a write terminates a customer."""
    status = read_entries(Status).get(change.row.status_id)
    return status is not None and status.stage == rules.TERMINATED and change.changed("status_id")


EFFECTS = (
    Effect("customer_terminated", _l("The customer is terminated"), "customer", terminate, Customer, is_terminated,
           {"reason": _l("Reason"), "ended_on": _l("Date of the termination")}),
)  # fmt: skip
