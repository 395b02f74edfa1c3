"""Where the boxes and lines of a flow's picture stand.

Steps stand in order, one below the other; what skips steps runs at the right, returns at the left.
Lines that pass each other get lanes of their own, the shorter ones nearer to the boxes. The picture in the designer, the one of
a case and the diagram of the BPMN export are drawn from the same coordinates. Units: CSS pixels, y downwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .definition import END, Flow, MayReturn, Route

WIDTH, HEIGHT, GAP = 190, 48, 36  # of a box, and between two
LANE, MARGIN, ROUND = 22, 14, 8  # between lanes, around the picture, the radius of the start and the end
START = "\0"  # the place before the first step


@dataclass(frozen=True)
class Box:
    """A step's box by its upper left corner."""

    code: str
    x: float
    y: float
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def middle(self) -> float:
        """Return the x of its middle."""
        return self.x + self.width / 2


@dataclass(frozen=True)
class Line:
    """A line from one place to another, by its corners. `place`: which of its step's routes it is; None for a return."""

    source: str
    target: str
    points: tuple[tuple[float, float], ...]
    route: Route | None = None

    @property
    def is_return(self) -> bool:
        """Tell whether it shows where a step may send back to."""
        return self.route is None

    @property
    def label_at(self) -> tuple[float, float]:
        """Return where its condition is written: the middle of its upright part, but never beside a box, where other lines leave."""
        (x1, y1), (x2, y2) = self.points[1:3] if len(self.points) > 2 else self.points
        steps = round(abs(y2 - y1) / (HEIGHT + GAP))
        aside = (HEIGHT + GAP) / 2 if steps and steps % 2 == 0 else 0
        return (x1 + x2) / 2, (y1 + y2) / 2 - (aside if y2 > y1 else -aside)


@dataclass(frozen=True)
class Picture:
    """A whole picture: its size, the start and the end by their centres, boxes and lines."""

    width: float
    height: float
    start: tuple[float, float]
    end: tuple[float, float]
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class _Link:
    number: int  # two ways may lead from one step to another
    source: int
    target: int
    codes: tuple[str, str]
    route: Route | None

    @property
    def span(self) -> tuple[float, float]:
        if self.source == self.target:
            return self.source - 0.25, self.source + 0.25
        return min(self.source, self.target), max(self.source, self.target)


def _list_links(flow: Flow) -> list[_Link]:
    """Return every link between places: 0 is the start, 1… the steps, the last the end. What leads nowhere is left out."""
    place = {step.code: number for number, step in enumerate(flow.steps, 1)} | {END: len(flow.steps) + 1}
    links = [_Link(0, 0, 1, (START, flow.first.code), Route(flow.first.code))] if flow.steps else []
    for step in flow.steps:
        for route in flow.list_routes(step):
            if route.target in place:
                links.append(_Link(len(links), place[step.code], place[route.target], (step.code, route.target), route))
        back = {MayReturn.PREVIOUS: place[step.code] - 1, MayReturn.START: 1}.get(step.may_return, 0)
        if 0 < back < place[step.code]:
            links.append(_Link(len(links), place[step.code], back, (step.code, flow.steps[back - 1].code), None))
    return links


def _assign_lanes(links: Iterable[_Link]) -> dict[_Link, int]:
    """Give each link the first lane in which no other lies beside it; short ones first."""
    lanes: list[list[_Link]] = []
    found: dict[_Link, int] = {}
    for link in sorted(links, key=lambda one: (one.span[1] - one.span[0], one.span, one.route is None)):
        low, high = link.span
        lane = next((n for n, taken in enumerate(lanes) if all(high <= one.span[0] or low >= one.span[1] for one in taken)), len(lanes))
        if lane == len(lanes):
            lanes.append([])
        lanes[lane].append(link)
        found[link] = lane
    return found


def draw(flow: Flow) -> Picture:
    """Return the picture of a flow."""
    links = _list_links(flow)
    aside = [link for link in links if link.route is not None and link.target != link.source + 1]
    right, left = _assign_lanes(aside), _assign_lanes([link for link in links if link.route is None])
    x = MARGIN + LANE * (max(left.values(), default=-1) + 1)
    top = MARGIN + 2 * ROUND + GAP / 2
    boxes = tuple(Box(step.code, x, top + number * (HEIGHT + GAP)) for number, step in enumerate(flow.steps))
    middle = x + WIDTH / 2
    end_y = top + len(flow.steps) * (HEIGHT + GAP) + ROUND
    ends = [(MARGIN, MARGIN + 2 * ROUND), *((box.y, box.y + HEIGHT) for box in boxes), (end_y - ROUND, end_y + ROUND)]
    lines = tuple(_draw_line(link, ends, x, middle, right, left) for link in links)
    width = x + WIDTH + LANE * (max(right.values(), default=-1) + 1) + MARGIN
    return Picture(width, end_y + ROUND + MARGIN, (middle, MARGIN + ROUND), (middle, end_y), boxes, lines)


def _draw_line(
    link: _Link, ends: list[tuple[float, float]], x: float, middle: float, right: dict[_Link, int], left: dict[_Link, int]
) -> Line:
    if link not in right and link not in left:
        return Line(*link.codes, ((middle, ends[link.source][1]), (middle, ends[link.target][0])), link.route)
    is_right = link in right
    side = x + WIDTH if is_right else x
    lane = side + LANE * (right[link] + 1) if is_right else side - LANE * (left[link] + 1)
    start, stop = (sum(ends[place]) / 2 for place in (link.source, link.target))
    # two that leave or reach a box at one side stand a little apart
    start, stop = start + (4 if link.target > link.source else -4), stop + (-4 if link.target > link.source else 4)
    reach = side if link.target < len(ends) - 1 else middle + (ROUND if is_right else -ROUND)
    return Line(*link.codes, ((side, start), (lane, start), (lane, stop), (reach, stop)), link.route)
