"""Find the screen of a model: its words, badges and addresses, for pages that show rows of many modules."""

from __future__ import annotations

from typing import Any

from flask import current_app

from .registry import Registry


def all_screens() -> list[Any]:
    """Return every screen built on the desk's base (`DeskView`, which itself asks here)."""
    return [view for view in current_app.extensions["appbuilder"].baseviews if hasattr(view, "make_record")]


def screen_of_module(module: str) -> Any:
    """Return the screen whose permissions stand under this name; None for none."""
    return next((screen for screen in all_screens() if screen.class_permission_name == module), None)


def screen_of(model: type[Any]) -> Any:
    """Return the screen of a model; None for one without."""
    return next((screen for screen in all_screens() if screen.datamodel.obj is model), None)


NAMES: Registry[str, Any] = Registry("names of screens", single=True)  # permission name -> what a person calls the screens behind it


def label_of(name: str) -> Any:
    """Return what a person calls the screens behind a permission name."""
    found = NAMES.find(name)
    return name if found is None else found
