"""The picture as it is printed: whatever the names and the flow, its parts lie within it and apart, and it is SVG without styles."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree

import pytest
from flask import Flask, render_template_string
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.processes.flow.definition import END, Condition, Flow, MayReturn, Route, Step, Who
from app.processes.flow.layout import HEIGHT, WIDTH
from app.processes.lettering import cut, measure, wrap
from app.processes.picture import NAME, NOTE, OTHERWISE, SMALL_NAME, Drawn, Label, Node, make_picture

from .test_random_flows import make_flow

pytestmark = pytest.mark.one_database

BIG = Route("racks", (Condition("amount", "gt", "100000"),))
LISTING = Flow(
    1,
    (
        Step("submit"),
        Step("manager", Who.MANAGER, may_return=MayReturn.START, routes=(BIG, Route("confirm"))),
        Step("racks", Who.ROLE, (20,)),
        Step("confirm", may_return=MayReturn.PREVIOUS),
    ),
)
NAMES = {"submit": "提交申请", "manager": "区域经理审批", "racks": "上架执行", "confirm": "业务员确认"}
WHO = {"submit": "发起人", "manager": "发起人的部门经理，8 小时", "racks": "角色 维护"}
LABELS = {BIG: "合同金额 > 100,000"}
TEMPLATE = "{% from 'processes/_picture.html' import flow_picture %}{{ flow_picture(drawn) }}"
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)


def render(app: Flask, drawn: Drawn) -> ElementTree.Element:
    """Return the picture as it is printed; ParseError when it is no XML."""
    with app.test_request_context("/"):
        svg = render_template_string(TEMPLATE, drawn=drawn)
    assert not re.search(r"\sstyle\s*=|<style|#[0-9a-f]{3,6}\b|\bfill=|\bstroke=|<script", svg)
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def find_texts(node: Node) -> list[str]:
    """Return what is written in a box."""
    return [text.text for text in node.texts]


def check_places(drawn: Drawn) -> None:
    """Raise AssertionError where something lies outside, upon something else, or runs out of its box."""
    for node in drawn.nodes:
        for text in node.texts:
            size = NOTE if not text.css else SMALL_NAME if "small" in text.css else NAME
            assert node.x < text.x and text.x + measure(text.text, size) < node.x + node.width
            assert node.y + size * 0.8 < text.y < node.y + node.height - 3
    grounds: list[Node | Label] = [*drawn.nodes, *drawn.labels]
    for one in grounds:
        assert one.x >= 0 and one.y >= 0 and one.x + one.width <= drawn.width and one.y + one.height <= drawn.height
    for one, other in itertools.combinations(grounds, 2):
        apart = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert apart or one.y + one.height <= other.y or other.y + other.height <= one.y, (one, other)
    for edge in drawn.edges:
        numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", edge.path)]
        assert all(0 <= x <= drawn.width for x in numbers[::2]) and all(0 <= y <= drawn.height for y in numbers[1::2])


def test_a_listing_is_drawn_with_names_conditions_and_returns(app: Flask) -> None:
    drawn = make_picture(LISTING, NAMES, WHO, LABELS, states={"submit": "done", "manager": "now"}, urls={"submit": "/steps/1?a=1&b=2"})
    check_places(drawn)
    svg = render(app, drawn)
    assert [find_texts(node) for node in drawn.nodes] == [
        ["1 提交申请", "发起人"],
        ["2 区域经理审批", "发起人的部门经理，8 小时"],
        ["3 上架执行", "角色 维护"],
        ["4 业务员确认"],
    ]
    assert {label.title for label in drawn.labels} == {"合同金额 > 100,000", str(OTHERWISE)}
    assert [edge.is_return for edge in drawn.edges].count(True) == 2
    links = svg.findall("{*}a")
    assert [(link.get("href"), link.get("class")) for link in links] == [("/steps/1?a=1&b=2", "done")]
    assert svg.get("viewBox") == f"0 0 {svg.get('width')} {svg.get('height')}"


def test_what_has_no_links_is_an_image_with_a_title_and_states_are_told_in_words(app: Flask) -> None:
    drawn = make_picture(LISTING, NAMES, WHO, LABELS, states={"manager": "back", "racks": "passed"}, title="共 4 步", key="case-7")
    svg = render(app, drawn)
    assert svg.get("role") == "img" and svg.get("aria-labelledby") == "case-7-title"
    assert [(title.get("id"), title.text) for title in svg.findall("{*}title")] == [("case-7-title", "共 4 步")]
    titles = {group.get("class"): group.findtext("{*}title") for group in svg.findall("{*}g")}
    assert (
        titles["back"] == "2 区域经理审批, 发起人的部门经理，8 小时, sent back" and titles["passed"] == "3 上架执行, 角色 维护, passed over"
    )
    markers = {marker.get("id") for marker in svg.iter("{http://www.w3.org/2000/svg}marker")}
    used = {(path.get("marker-end") or "")[5:-1] for path in svg.findall("{*}path")}
    assert used == markers == {"case-7-head", "case-7-head-back"}


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("上架", ["1 上架"]),
        ("区域市场经理审批并会签财务部", ["1 区域市场经理审批并会签", "财务部"]),
        ("Regional manager approves it", ["1 Regional manager", "approves it"]),
        ("区域市场经理审批（华东、华南）并会签财务与法务部门负责人", ["1 区域市场经理审批（华", "东、华南）并会签财务与…"]),
        ("Donaudampfschifffahrtsgesellschaft", ["1 Donaudampfschifffah", "rtsgesellschaft"]),
    ],
)
@pytest.mark.parametrize("who", ["", "财务部 唐静"])
def test_long_names_are_wrapped_and_cut(name: str, lines: list[str], who: str) -> None:
    flow = Flow(1, (Step("a"),))
    drawn = make_picture(flow, {"a": name}, {"a": who}, {})
    check_places(drawn)
    (node,) = drawn.nodes
    assert name in node.title
    assert len(node.texts) == len(lines) + bool(who)
    if not who:
        assert find_texts(node) == lines


@pytest.mark.parametrize("steps", range(1, 13))
def test_one_to_twelve_steps_with_skips_and_returns(app: Flask, steps: int) -> None:
    codes = [f"s{number}" for number in range(steps)]
    condition = (Condition("amount", "gt", "5"),)
    flow = Flow(
        1,
        tuple(
            Step(
                code,
                may_return=MayReturn.START if place % 2 else MayReturn.PREVIOUS,
                routes=(Route(END, condition), Route(code, condition), Route(after)),
            )
            for place, (code, after) in enumerate(zip(codes, [*codes[1:], END], strict=True))
        ),
    )
    labels = {
        route: "Amount is more than a hundred thousand and the customer is in the energy industry"
        for step in flow.steps
        for route in step.routes
    }
    drawn = make_picture(flow, dict.fromkeys(codes, "Approve the listing of equipment"), dict.fromkeys(codes, "Maintenance"), labels)
    check_places(drawn)
    svg = render(app, drawn)
    assert len(svg.findall("{*}g")) == steps + len(drawn.labels)


def test_names_are_never_markup(app: Flask) -> None:
    evil = "\"'><script>alert(1)</script>&amp;"
    drawn = make_picture(
        LISTING, dict.fromkeys(NAMES, evil), dict.fromkeys(NAMES, evil), {BIG: evil}, urls={"submit": '/"><b>'}, title=evil
    )
    svg = render(app, drawn)
    assert {element.tag.split("}")[1] for element in svg.iter()} <= {
        "svg", "title", "defs", "marker", "path", "circle", "rect", "text", "g", "a",
    }  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(flow=make_flow(), name=TEXTS, who=st.one_of(st.just(""), TEXTS), label=TEXTS)
def test_any_flow_with_any_words_is_drawn(app: Flask, flow: Flow, name: str, who: str, label: str) -> None:
    labels = {route: label for step in flow.steps for route in step.routes}
    drawn = make_picture(flow, {step.code: name for step in flow.steps}, {step.code: who for step in flow.steps}, labels)
    assert [(node.width, node.height) for node in drawn.nodes] == [(WIDTH, HEIGHT)] * len(flow.steps)
    check_places(drawn)
    render(app, drawn)


@settings(max_examples=200, deadline=None)
@given(text=TEXTS, width=st.integers(40, 200), most=st.integers(1, 4))
def test_lines_fit_and_lose_nothing_but_what_is_cut(text: str, width: int, most: int) -> None:
    lines = wrap(text, NAME, width, most)
    assert len(lines) <= most and all(measure(line, NAME) <= width for line in lines)
    assert measure(cut(text, NAME, width), NAME) <= width
    assert "".join("".join(wrap(text, NAME, width, 100)).split()) == "".join(text.split())
