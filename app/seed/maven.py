"""Load the Maven “CRM Sales Opportunities” files."""

from __future__ import annotations

from pathlib import Path


def load(folder: Path) -> list[str]:
    """Load the files of the folder."""
    raise NotImplementedError
