"""Find the screen of a model: its words, badges and addresses, for pages that show rows of many modules."""

from __future__ import annotations

from typing import Any

from .views import DeskView, appbuilder


def all_screens() -> list[Any]:
    """Return every screen built on the desk's base."""
    return [view for view in appbuilder().baseviews if isinstance(view, DeskView)]


def screen_of(model: type[Any]) -> Any:
    """Return the screen of a model; None for one without."""
    return next((screen for screen in all_screens() if screen.datamodel.obj is model), None)


__all__ = ["DeskView", "all_screens", "screen_of"]
