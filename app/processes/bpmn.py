"""A flow as BPMN 2.0 with its diagram, for others' tools; valid by the schema of the OMG.

A step is a user task, routes with conditions an exclusive gateway below it, a sign-off a task of several instances. Not in it is
what BPMN has no plain word for: sending back, refusing, reminding, rights on fields. Values that are empty are each engine's own affair.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from .expressions import name_variables, write_expression
from .flow.definition import END, Flow, Quorum, Route, Step
from .flow.layout import GAP, ROUND, START, WIDTH, Box, Line, draw
from .lettering import wrap
from .picture import LABEL_LINES, LABEL_STEP, NOTE, OTHERWISE, break_label, measure_label, spread_lanes

_SPACES = {
    "xmlns:bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "xmlns:bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "xmlns:dc": "http://www.omg.org/spec/DD/20100524/DC",
    "xmlns:di": "http://www.omg.org/spec/DD/20100524/DI",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_TARGET = "urn:countersign:processes"
_LANGUAGE = "https://docs.python.org/3/reference/expressions.html"
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what no XML may hold, escaped or not
_NO_ID = re.compile(r"[^A-Za-z0-9_\u4e00-\u9fa5-]")
DIAMOND = 20  # a gateway's width and height, in the gap below its step
DIAMOND_TOP = (GAP - DIAMOND) / 2
SIGNED = "numberOfCompletedInstances"  # BPMN's own name for how many of a task's instances are through
Points = tuple[tuple[float, float], ...]


@dataclass
class _Ids:
    """Names for elements, each given once."""

    taken: set[str] = field(default_factory=set)

    def make(self, kind: str, code: str = "") -> str:
        """Return an id (an NCName) that tells what it is of."""
        base = f"{kind}_{_NO_ID.sub('_', code)}" if code else kind
        name, number = base, 2
        while name in self.taken:
            name, number = f"{base}_{number}", number + 1
        self.taken.add(name)
        return name


@dataclass(frozen=True)
class _Node:
    """An element of the flow that has a place: by its tag, corner and size."""

    id: str
    tag: str
    name: str
    bounds: tuple[float, float, float, float]
    step: Step | None = None


@dataclass(frozen=True)
class _Arrow:
    """A sequence flow from node to node, with its corners and where its name is written."""

    id: str
    source: str
    target: str
    points: Points
    name: str = ""
    expression: str = ""
    is_default: bool = False
    label: tuple[float, float, float, float] | None = None


def write_bpmn(
    flow: Flow,
    names: Mapping[str, str],
    *,
    process_code: str,
    process_name: str,
    who: Mapping[str, str],
    labels: Mapping[Route, str] | None = None,
) -> bytes:
    """Return a flow as BPMN 2.0 in UTF-8: `names` and `who` by the codes of steps; `labels` says conditions, else their expressions do."""
    ids = _Ids()
    root = Element("bpmn:definitions", {**_SPACES, "id": ids.make("definitions"), "name": _clean(process_name), "targetNamespace": _TARGET,
                                        "expressionLanguage": _LANGUAGE, "exporter": "Countersign"})  # fmt: skip
    process = SubElement(
        root, "bpmn:process", {"id": ids.make("process", process_code), "name": _clean(process_name), "isExecutable": "true"}
    )
    plan = _Plan(flow, names, ids, labels or {})
    for node in plan.nodes:
        _write_node(process, node, plan, who.get(node.step.code, "") if node.step is not None else "")
    for arrow in plan.arrows:
        _write_arrow(process, arrow)
    _write_diagram(root, process.attrib["id"], plan, ids)
    indent(root)
    return tostring(root, encoding="utf-8", xml_declaration=True)


class _Plan:
    """Which elements there are, what leads where, and where all of it stands."""

    def __init__(self, flow: Flow, names: Mapping[str, str], ids: _Ids, labels: Mapping[Route, str]) -> None:
        self.flow, self.ids, self.labels = flow, ids, labels
        self.layout = draw(flow)
        asked = [one.field for step in flow.steps for route in step.routes for one in route.conditions]
        self.variables = name_variables([*(own.code for own in flow.fields), *flow.offered, *asked])
        steps = {step.code: _Node(ids.make("step", step.code), "userTask", names.get(step.code) or step.code, _bounds_of(box), step)
                 for step, box in zip(flow.steps, self.layout.boxes, strict=True)}  # fmt: skip
        start = _Node(ids.make("start"), "startEvent", "", _bounds_around(self.layout.start, ROUND))
        end = _Node(ids.make("end"), "endEvent", "", _bounds_around(self.layout.end, ROUND))
        self.gateways = {code: self._make_gateway(node) for code, node in steps.items() if _has_choice(flow, node)}
        self.ends = {START: start.id, END: end.id, **{code: node.id for code, node in steps.items()}}
        self.nodes = [start, *(one for code, node in steps.items() for one in (node, self.gateways.get(code)) if one is not None), end]
        self.arrows = list(self._list_arrows())

    def _make_gateway(self, node: _Node) -> _Node:
        x, y, width, height = node.bounds
        bounds = (x + (width - DIAMOND) / 2, y + height + DIAMOND_TOP, DIAMOND, DIAMOND)
        return _Node(self.ids.make("choice", node.step.code if node.step is not None else ""), "exclusiveGateway", "", bounds)

    def _list_arrows(self) -> Iterator[_Arrow]:
        lines = self._choose_lines()
        texts = {id(line): self._say(line) for line in lines}
        lanes, _width = spread_lanes(self.layout, {line.label_at: texts[id(line)] for line in lines if texts[id(line)]})
        for code, gateway in self.gateways.items():
            x, y, width, _height = gateway.bounds
            points = ((x + width / 2, y - DIAMOND_TOP), (x + width / 2, y))
            yield _Arrow(self.ids.make("to", gateway.id), self.ends[code], gateway.id, points)
        for line in lines:
            yield self._make_arrow(line, texts[id(line)], lanes)

    def _make_arrow(self, line: Line, text: str, lanes: Mapping[float, float]) -> _Arrow:
        gateway = self.gateways.get(line.source)
        corners: Points = tuple((lanes.get(x, x), y) for x, y in line.points)
        conditions = line.route.conditions if line.route is not None else ()
        return _Arrow(
            self.ids.make("to", self.ends[line.target]),
            gateway.id if gateway is not None else self.ends[line.source],
            self.ends[line.target],
            _leave(gateway, corners) if gateway is not None else corners,
            text,
            write_expression(self.flow, conditions, self.variables),
            is_default=gateway is not None and not conditions,
            label=_place_label(text, line, lanes),
        )

    def _choose_lines(self) -> list[Line]:
        """Return the lines that become flows: no returns, and of what leads on without a condition the first, as in a case."""
        found, closed = [], set()
        for line in self.layout.lines:
            if line.route is not None and line.source not in closed:
                found.append(line)
                if not line.route.conditions:
                    closed.add(line.source)
        return found

    def _say(self, line: Line) -> str:
        if line.route is None or line.source not in self.gateways:
            return ""
        if not line.route.conditions:
            return str(OTHERWISE)
        return self.labels.get(line.route) or write_expression(self.flow, line.route.conditions, self.variables)


def _has_choice(flow: Flow, node: _Node) -> bool:
    return node.step is not None and any(route.conditions for route in flow.list_routes(node.step))


def _bounds_of(box: Box) -> tuple[float, float, float, float]:
    return box.x, box.y, box.width, box.height


def _bounds_around(middle: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    return middle[0] - radius, middle[1] - radius, 2 * radius, 2 * radius


def _leave(gateway: _Node, points: Points) -> Points:
    """Return a line that leaves a step as one that leaves the gateway below it: from its foot, or from its right corner into a lane."""
    x, y, width, height = gateway.bounds
    if len(points) == 2:
        return ((x + width / 2, y + height), points[1])
    corner = y + height / 2
    return ((x + width, corner), (points[1][0], corner), *points[2:])


def _place_label(text: str, line: Line, lanes: Mapping[float, float]) -> tuple[float, float, float, float] | None:
    """Return where a name is written: around its lane, or at the left of the gateway, since lanes are at its right."""
    if not text:
        return None
    x, y = line.label_at
    if x in lanes:
        lines = break_label(text)
        width, height = measure_label(lines), len(lines) * LABEL_STEP
        return lanes[x] - width / 2, y + 3, width, height  # below the height at which lines leave the gateways
    lines = wrap(text, NOTE, (WIDTH - DIAMOND) / 2 - 12, LABEL_LINES - 1)
    width, height = measure_label(lines), len(lines) * LABEL_STEP
    return x - DIAMOND / 2 - 2 - width, y - height / 2, width, height


def _clean(text: str) -> str:
    return _NO_XML.sub("", text)


def _write_node(process: Element, node: _Node, plan: _Plan, who: str) -> None:
    default = next((arrow.id for arrow in plan.arrows if arrow.source == node.id and arrow.is_default), None)
    element = SubElement(process, f"bpmn:{node.tag}", {"id": node.id, **({"name": _clean(node.name)} if node.name else {}),
                                                       **({"default": default} if default else {})})  # fmt: skip
    if who:
        SubElement(element, "bpmn:documentation").text = _clean(who)
    for tag, wanted in (("incoming", "target"), ("outgoing", "source")):
        for arrow in plan.arrows:
            if getattr(arrow, wanted) == node.id:
                SubElement(element, f"bpmn:{tag}").text = arrow.id
    if node.step is not None and node.step.quorum is not Quorum.ONE:
        _write_instances(element, node.step, node.id)


def _write_instances(element: Element, step: Step, name: str) -> None:
    """Add how many people sign, together or in turn, and after how many the step is done.

    A number that is known only in a case is a variable named after the step.
    """
    loop = SubElement(element, "bpmn:multiInstanceLoopCharacteristics", {"isSequential": str(step.quorum is Quorum.IN_TURN).lower()})
    people = str(len(step.roles)) if step.quorum is Quorum.EACH_ROLE else f"people_of_{name.replace('-', '_')}"
    SubElement(loop, "bpmn:loopCardinality", {"xsi:type": "bpmn:tFormalExpression"}).text = people
    needed = {Quorum.SOME: step.needed, Quorum.ANY: 1}.get(step.quorum)
    if needed is not None:
        SubElement(loop, "bpmn:completionCondition", {"xsi:type": "bpmn:tFormalExpression"}).text = f"{SIGNED} >= {needed}"


def _write_arrow(process: Element, arrow: _Arrow) -> None:
    name = {"name": _clean(arrow.name)} if arrow.name else {}
    element = SubElement(process, "bpmn:sequenceFlow", {"id": arrow.id, **name, "sourceRef": arrow.source, "targetRef": arrow.target})
    if arrow.expression:
        SubElement(element, "bpmn:conditionExpression", {"xsi:type": "bpmn:tFormalExpression"}).text = arrow.expression


def _write_diagram(root: Element, process: str, plan: _Plan, ids: _Ids) -> None:
    diagram = SubElement(root, "bpmndi:BPMNDiagram", {"id": ids.make("diagram")})
    plane = SubElement(diagram, "bpmndi:BPMNPlane", {"id": ids.make("plane"), "bpmnElement": process})
    for node in plan.nodes:
        marker = {"isMarkerVisible": "true"} if node.tag == "exclusiveGateway" else {}
        shape = SubElement(plane, "bpmndi:BPMNShape", {"id": ids.make("shape", node.id), "bpmnElement": node.id, **marker})
        _write_bounds(shape, node.bounds)
    for arrow in plan.arrows:
        edge = SubElement(plane, "bpmndi:BPMNEdge", {"id": ids.make("edge", arrow.id), "bpmnElement": arrow.id})
        for x, y in arrow.points:
            SubElement(edge, "di:waypoint", {"x": _n(x), "y": _n(y)})
        if arrow.label is not None:
            _write_bounds(SubElement(edge, "bpmndi:BPMNLabel"), arrow.label)


def _write_bounds(element: Element, bounds: tuple[float, float, float, float]) -> None:
    SubElement(element, "dc:Bounds", dict(zip(("x", "y", "width", "height"), map(_n, bounds), strict=True)))


def _n(number: float) -> str:
    return f"{round(number, 1):g}"
