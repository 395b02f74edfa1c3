"""The picture of any flow: boxes in order, none over another, lines that end at boxes and do not lie upon each other."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings

from app.processes.flow.definition import END, Flow, Step
from app.processes.flow.layout import HEIGHT, START, WIDTH, draw

from .test_random_flows import make_flow

pytestmark = pytest.mark.one_database


@settings(max_examples=60, deadline=None)
@given(flow=make_flow())
def test_lines_lead_from_box_to_box_and_lie_apart(flow: Flow) -> None:
    picture = draw(flow)
    tops = [box.y for box in picture.boxes]
    assert [box.code for box in picture.boxes] == [step.code for step in flow.steps]
    assert all(below - above > HEIGHT for above, below in itertools.pairwise(tops))
    assert sum(not line.is_return for line in picture.lines) == 1 + sum(len(flow.list_routes(step)) for step in flow.steps)
    places = {box.code: (box.y, box.y + HEIGHT) for box in picture.boxes}
    places |= {START: (0, tops[0]), END: (tops[-1] + HEIGHT, picture.height)}
    for line in picture.lines:
        for (_x, y), code in ((line.points[0], line.source), (line.points[-1], line.target)):
            assert places[code][0] <= y <= places[code][1]
        assert all(0 <= x <= picture.width and 0 <= y <= picture.height for x, y in line.points)
    lanes = [(line.points[1][0], *sorted((line.points[1][1], line.points[2][1]))) for line in picture.lines if len(line.points) == 4]
    for place, (x, top, bottom) in enumerate(lanes):
        assert not picture.boxes[0].x <= x <= picture.boxes[0].x + WIDTH
        for other_x, other_top, other_bottom in lanes[place + 1 :]:
            assert x != other_x or bottom <= other_top or other_bottom <= top


def test_the_picture_of_one_step_has_a_start_and_an_end() -> None:
    picture = draw(Flow(1, (Step("only"),)))
    assert [(line.source, line.target) for line in picture.lines] == [(START, "only"), ("only", END)]
    assert picture.start[1] < picture.boxes[0].y < picture.end[1] < picture.height
