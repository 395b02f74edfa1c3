"""The picture of a flow beside the designer's tables: what `picture` draws, with the words of its version."""

from __future__ import annotations

from flask import url_for

from .design_page import DesignPage, say_condition
from .picture import Drawn, State, make_picture
from .reading import Design


def draw(design: Design, page: DesignPage, *, may_edit: bool) -> Drawn:
    """Return the picture of a version: each box leads to its step's form where that may be edited; faults are marked."""
    ids = {row.code: row.id for row in page.steps}
    wrong: dict[str, State] = {row.code: "bad" for row in page.steps if row.faults}
    labels = {
        route: " · ".join(say_condition(design, one) for one in route.conditions)
        for step in design.flow.steps
        for route in step.routes
        if route.conditions
    }
    urls = {code: _address(page, step_id, may_edit=may_edit) for code, step_id in ids.items()}
    who = {row.code: _say_who(row.who, row.hours) for row in page.steps}
    return make_picture(design.flow, _names(design), who, labels, urls=urls, states=wrong)


def _names(design: Design) -> dict[str, str]:
    return {step.code: design.call(step.code) for step in design.flow.steps}


def _address(page: DesignPage, step_id: int, *, may_edit: bool) -> str:
    if not may_edit:
        return f"#step-{step_id}"
    return url_for("ProcessesView.version", pk=page.version.id, step=step_id) + "#form"


def _say_who(who: str, hours: str) -> str:
    return f"{who}, {hours}" if hours else who
