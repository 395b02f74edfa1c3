"""Find the screen of a model: its words, badges and addresses, for pages that show rows of many modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app


def all_screens() -> list[Any]:
    """Return every screen built on the desk's base (`DeskView`, which itself asks here)."""
    return [view for view in current_app.extensions["appbuilder"].baseviews if hasattr(view, "make_record")]


def screen_of_module(module: str) -> Any:
    """Return the screen whose permissions stand under this name; None for none."""
    return next((screen for screen in all_screens() if screen.class_permission_name == module), None)


def screen_of(model: type[Any]) -> Any:
    """Return the screen of a model; None for one without."""
    return next((screen for screen in all_screens() if screen.datamodel.obj is model), None)


_names: dict[str, Any] = {}


def name_screens(names: Mapping[str, Any]) -> None:
    """Say what a person calls the screens behind permission names."""
    _names.update(names)


def label_of(name: str) -> Any:
    """Return what a person calls the screens behind a permission name."""
    return _names.get(name, name)
