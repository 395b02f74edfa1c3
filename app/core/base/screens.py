"""What a person calls the screens behind permission names."""

from __future__ import annotations

from typing import Any

from .registry import Registry

NAMES: Registry[str, Any] = Registry("names of screens", single=True)  # permission name -> what a person calls the screens behind it


def label_of(name: str) -> Any:
    """Return what a person calls the screens behind a permission name."""
    found = NAMES.find(name)
    return name if found is None else found
