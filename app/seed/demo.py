"""The demo company."""

from __future__ import annotations

CUSTOMERS = 400


def fill(customers: int = CUSTOMERS) -> str:
    """Fill."""
    return ""
