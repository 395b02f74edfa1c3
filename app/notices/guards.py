"""What others write that a person is told of, where no module of its own does."""

from __future__ import annotations

from ..core.sharing.shares import find_shared
from ..core.writes.change import Change
from .queries import notify


def tell_borrower(change: Change) -> None:
    """Tell a person of a row that is lent to them."""
    if change.is_new and not change.viewer.is_system:
        share, row = change.row, find_shared(change)
        change.after_write.append(lambda session: notify(session, share.staff_id, "shared", row))
