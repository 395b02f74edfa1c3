"""The picture of a flow, ready to be printed: every coordinate, line of text and class that `processes/_picture.html` writes as SVG.

`flow.layout` says where boxes and lines stand. Here lanes at the right move apart where conditions are written on them, and texts
are broken to fit. Units: CSS pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from flask_babel import lazy_gettext as _l

from ..core.base.i18n import Words
from .flow.definition import Flow, Route
from .flow.layout import LANE, MARGIN, ROUND, START, WIDTH, Box, Line, Picture, draw
from .lettering import cut, measure, wrap

State = Literal["done", "now", "passed", "back", "bad", ""]

PICTURE = _l("The flow as a picture")
OTHERWISE = _l("Otherwise")
STATES: Mapping[str, Words] = {
    "done": _l("done"), "now": _l("the case is here"), "passed": _l("passed over"), "back": _l("sent back"), "bad": _l("to be corrected"),
}  # fmt: skip

PAD = 12  # between a box's edge and its text
NAME, SMALL_NAME, NOTE = 13, 12, 11  # sizes of type, as in flow.css
LABEL_WIDTH, LABEL_LINES, LABEL_STEP, LABEL_PAD = 88, 3, 13, 4  # of a condition on a lane
CORNER = 8  # the radius of a line's corners
# Baselines within a box, by the numbers of lines that the name and the note have.
_BASELINES = {
    (1, 0): (28.5,), (1, 1): (21, 38), (2, 0): (21, 37), (2, 1): (15, 28.5, 42),
}  # fmt: skip


@dataclass(frozen=True)
class Text:
    """One line of text by its baseline."""

    text: str
    x: float
    y: float
    css: str = ""


@dataclass(frozen=True)
class Node:
    """A step: its box, its texts, where its link leads, and what a reader who sees no colour is told."""

    code: str
    title: str
    x: float
    y: float
    width: float
    height: float
    texts: tuple[Text, ...]
    css: State = ""
    url: str = ""
    tick: str = ""


@dataclass(frozen=True)
class Edge:
    """A line as the data of an SVG path."""

    path: str
    is_return: bool


@dataclass(frozen=True)
class Label:
    """A condition on its line: a ground, and lines of text around its middle. `title` is the whole of a text that was cut."""

    title: str
    x: float
    y: float
    width: float
    height: float
    texts: tuple[Text, ...]


@dataclass(frozen=True)
class Drawn:
    """A whole picture. `key` begins the ids within it, so that a page may have several."""

    key: str
    title: Words
    width: float
    height: float
    radius: float
    start: tuple[float, float]
    end: tuple[float, float]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    labels: tuple[Label, ...]
    has_links: bool


def make_picture(
    flow: Flow,
    names: Mapping[str, str],
    who: Mapping[str, str],
    labels: Mapping[Route, str],
    *,
    urls: Mapping[str, str] | None = None,
    states: Mapping[str, State] | None = None,
    title: Words = PICTURE,
    key: str = "flow",
) -> Drawn:
    """Return the picture of a flow with people's words: the names of steps, who does them, the conditions of routes.

    `labels` says conditions alone: that a route without any is “otherwise” is seen here. A step without a name is called by its code.
    """
    layout = draw(flow)
    urls, states = urls or {}, states or {}
    said = _gather_labels(flow, layout, labels)
    lanes, width = spread_lanes(layout, said)
    edges = [Edge(_trace([(lanes.get(x, x), y) for x, y in line.points]), line.is_return) for line in layout.lines]
    nodes = [
        _make_node(number, box, names.get(box.code) or box.code, who.get(box.code, ""), states.get(box.code, ""), urls.get(box.code, ""))
        for number, box in enumerate(layout.boxes, 1)
    ]
    marks = [_make_label(text, lanes.get(x, x), y, is_aside=x in lanes) for (x, y), text in said.items()]
    return Drawn(
        key, title, width, layout.height, ROUND, layout.start, layout.end, tuple(nodes), tuple(edges), tuple(marks), any(urls.values())
    )


def _make_node(number: int, box: Box, name: str, who: str, state: State, url: str) -> Node:
    room = box.width - 2 * PAD
    called = f"{number} {name}"
    lines, css = wrap(called, NAME, room, 2), "name"
    if len(lines) > 1 and who:
        lines, css = wrap(called, SMALL_NAME, room, 2), "name name-small"
    notes = (cut(" ".join(who.split()), NOTE, room),) if who.strip() else ()
    at = _BASELINES[(len(lines), len(notes))]
    texts = [
        Text(text, box.x + PAD, box.y + y, css if place < len(lines) else "")
        for place, (text, y) in enumerate(zip([*lines, *notes], at, strict=True))
    ]
    title = ", ".join(part for part in (called, who, str(STATES[state]) if state else "") if part)
    tick = f"M{_n(box.x + box.width - 17)} {_n(box.y + 11)}l3 3 5.5 -6" if state == "done" else ""
    return Node(box.code, title, box.x, box.y, box.width, box.height, tuple(texts), state, url, tick)


def _say(flow: Flow, line: Line, labels: Mapping[Route, str]) -> str:
    """Return what is written on a line: its conditions; “otherwise” where its step has others."""
    if line.route is None or line.source == START:
        return ""
    if line.route.conditions:
        return labels.get(line.route, "")
    return str(OTHERWISE) if any(route.conditions for route in flow.get(line.source).routes) else ""


def _gather_labels(flow: Flow, layout: Picture, labels: Mapping[Route, str]) -> dict[tuple[float, float], str]:
    """Return the texts by where they stand. Two routes from one step straight to the next share a line, and so their place."""
    found: dict[tuple[float, float], list[str]] = {}
    for line in layout.lines:
        if text := " ".join(_say(flow, line, labels).split()):
            found.setdefault(line.label_at, []).append(text)
    return {place: " / ".join(dict.fromkeys(texts)) for place, texts in found.items()}


def spread_lanes(layout: Picture, said: Mapping[tuple[float, float], str]) -> tuple[dict[float, float], float]:
    """Return where each lane at the right goes so that texts on it fit beside boxes and other lanes, and the picture's width."""
    edge = max((box.x + box.width for box in layout.boxes), default=0.0)
    halves: dict[float, float] = {}
    for line in layout.lines:
        x = max(x for x, _y in line.points)
        if x > edge:
            text = said.get(line.label_at, "")
            halves[x] = max(halves.get(x, 0.0), measure_label(break_label(text)) / 2 if text else 0.0)
    lanes, at, before = {}, edge, 0.0
    for x, half in sorted(halves.items()):
        at += max(LANE, before + half + LABEL_PAD)
        lanes[x], before = at, half
    return lanes, round(max(at + max(MARGIN, before + LABEL_PAD), layout.width if not lanes else 0), 1)


def break_label(text: str) -> tuple[str, ...]:
    """Return what is written on a lane in its lines."""
    return wrap(text, NOTE, LABEL_WIDTH, LABEL_LINES)


def measure_label(lines: Sequence[str]) -> float:
    """Return the width of a label, its margins included."""
    return round(max(measure(line, NOTE) for line in lines) + 2 * LABEL_PAD, 1)


def _make_label(text: str, x: float, y: float, *, is_aside: bool) -> Label:
    """Return a label around a point: on a lane in short lines, between two boxes in two that are no wider than they are."""
    lines = break_label(text) if is_aside else wrap(text, NOTE, WIDTH - 2 * LABEL_PAD, 2)
    height = len(lines) * LABEL_STEP + 2
    top, width = y - height / 2, measure_label(lines)
    if not is_aside and len(lines) > 1:
        top -= 3  # leaves the arrow its place
    texts = tuple(Text(line, round(x, 1), round(top + LABEL_STEP * (place + 1) - 2, 1)) for place, line in enumerate(lines))
    return Label(text, round(x - width / 2, 1), round(top, 1), width, height, texts)


def _trace(points: Sequence[tuple[float, float]]) -> str:
    """Return the path along some points, its corners rounded where there is room."""
    (x, y), *_rest = points
    parts = [f"M{_n(x)} {_n(y)}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(CORNER, _distance(before, corner) / 2, _distance(corner, after) / 2)
        (x1, y1), (x2, y2) = _towards(corner, before, radius), _towards(corner, after, radius)
        parts.append(f"L{_n(x1)} {_n(y1)}Q{_n(corner[0])} {_n(corner[1])} {_n(x2)} {_n(y2)}")
    x, y = points[-1]
    return "".join([*parts, f"L{_n(x)} {_n(y)}"])


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])  # lines are level or upright


def _towards(here: tuple[float, float], there: tuple[float, float], steps: float) -> tuple[float, float]:
    whole = _distance(here, there) or 1
    return here[0] + (there[0] - here[0]) * steps / whole, here[1] + (there[1] - here[1]) * steps / whole


def _n(number: float) -> str:
    return f"{round(number, 1):g}"
