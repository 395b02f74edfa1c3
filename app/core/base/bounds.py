"""The largest body of a request, by its route: a larger one is refused before it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue

KILO, MEGA = 1024, 1024 * 1024
FORM = MEGA  # the longest texts of the largest form, in any script
JSON = 512 * KILO
SIGN_IN = 16 * KILO
LARGEST = 22 * MEGA  # what a server in front may take at all

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


def takes(size: int) -> Callable[[View], View]:
    """Let a view's method take a body of so many bytes."""

    def mark(view: View) -> View:
        cast(Any, view).max_body = size  # a function takes any attribute, which its type cannot say
        return view

    return mark


def register(app: Flask) -> None:
    """Bound every request's body; before anything reads a form."""
    app.before_request(bound_body)


def bound_body() -> None:
    """Set the bound of this request's route; a larger body answers 413 where it is read."""
    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(view, "max_body", JSON if request.path.startswith("/api/") else FORM)
