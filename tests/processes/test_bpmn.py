"""The BPMN export: valid by the OMG's schema, drawn apart, run to its end by another engine; a value is a literal whatever is in it."""

from __future__ import annotations

import ast
import re
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser

from app.processes.bpmn import write_bpmn
from app.processes.expressions import name_variables, quote, write_expression
from app.processes.flow.conditions import OPERATORS, holds
from app.processes.flow.definition import END, Condition, Field, Flow, Kind, Quorum, Route, Step, Who

from .acting import FINANCE, LAW, OPS, OWNER, sign_off
from .test_random_flows import make_flow

pytestmark = pytest.mark.one_database

FIELDS = (
    Field("amount", Kind.MONEY),
    Field("paid", Kind.YES_NO),
    Field("机房", Kind.CHOICE),
    Field("from", Kind.DATE),
    Field("note", Kind.TEXT),
)
LISTING = Flow(OWNER, (Step("submit"), Step("manager", Who.MANAGER), Step("racks", Who.ROLE, (OPS,)), Step("confirm")), FIELDS)
NAMES = {"submit": "提交申请", "manager": "区域经理审批", "racks": "上架执行", "confirm": "业务员确认"}
BIG = (Condition("amount", "gt", "100000"),)
CHOOSING = Flow(OWNER, (Step("submit", routes=(Route("racks", BIG), Route("confirm"))), *LISTING.steps[2:]), FIELDS)
TEXTS = st.text(st.characters(), max_size=30)  # every letter that Python knows, those too that no file can hold
SAFE = {ast.Expression, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.Not, ast.USub, ast.And, ast.Name, ast.Attribute, ast.Load, ast.Constant,
        ast.Tuple, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn}  # fmt: skip
NS = {
    "b": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "d": "http://www.omg.org/spec/BPMN/20100524/DI",
    "c": "http://www.omg.org/spec/DD/20100524/DC",
}


def write(flow: Flow, **about: Any) -> bytes:
    """Return a flow as BPMN."""
    return write_bpmn(flow, about.pop("names", NAMES), **{"process_code": "listing", "process_name": "上架流程", "who": {}, **about})


@cache
def read_schema() -> etree.XMLSchema:
    """Return the OMG's schema, which the engine's package carries."""
    with as_file(files("SpiffWorkflow.bpmn.parser") / "schema") as folder:
        return etree.XMLSchema(etree.parse(folder / "BPMN20.xsd"))


def check(document: bytes) -> etree._Element:
    """Return the document's root. AssertionError: not valid, ids twice, or what refers to nothing."""
    root = etree.fromstring(document)
    read_schema().assertValid(root)
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    pointers = root.xpath("//@sourceRef | //@targetRef | //@bpmnElement | //@default") + root.xpath(
        "//b:incoming/text() | //b:outgoing/text()", namespaces=NS
    )
    assert set(pointers) <= set(ids)
    elements = root.xpath("//b:process/*[@id]/@id", namespaces=NS)
    assert sorted(root.xpath("//d:BPMNShape/@bpmnElement | //d:BPMNEdge/@bpmnElement", namespaces=NS)) == sorted(elements)
    return root


def run(document: bytes, data: dict[str, object]) -> list[str]:
    """Run a document to its end in an engine that is not ours; return the tasks in the order in which people did them."""
    parser = BpmnParser()
    parser.add_bpmn_str(document)
    workflow = BpmnWorkflow(parser.get_spec("process_listing"))
    done = []
    workflow.do_engine_steps()
    while not workflow.completed:
        task = workflow.get_tasks(state=TaskState.READY, manual=True)[0]
        task.data.update(data)
        task.run()
        done.append(task.task_spec.bpmn_id or task.task_spec.name)
        workflow.do_engine_steps()
        assert len(done) < 50
    return done


def test_a_listing_of_four_steps_is_valid_and_runs_to_its_end() -> None:
    document = write(LISTING, who={"racks": "角色 维护"})
    root = check(document)
    assert root.xpath("//b:userTask/@name", namespaces=NS) == list(NAMES.values())
    assert root.xpath("//b:userTask[@name='上架执行']/b:documentation/text()", namespaces=NS) == ["角色 维护"]
    assert root.xpath("count(//b:exclusiveGateway)", namespaces=NS) == 0
    assert run(document, {}) == ["step_submit", "step_manager", "step_racks", "step_confirm"]


@pytest.mark.parametrize(("amount", "steps"), [(100001, ["submit", "racks", "confirm"]), (100000, ["submit", "confirm"])])
def test_a_condition_is_a_gateway_and_both_ways_run(amount: int, steps: list[str]) -> None:
    document = write(CHOOSING)
    root = check(document)
    (gateway,) = root.xpath("//b:exclusiveGateway", namespaces=NS)
    (default,) = root.xpath(f"//b:sequenceFlow[@id='{gateway.get('default')}']", namespaces=NS)
    assert default.get("targetRef") == "step_confirm" and len(default) == 0
    assert root.xpath("//b:conditionExpression/text()", namespaces=NS) == ["amount > 100000"]
    assert run(document, {"amount": amount}) == [f"step_{code}" for code in steps]


def test_the_gateway_stands_in_the_gap_below_its_step_and_names_stand_beside_boxes() -> None:
    root = check(write(CHOOSING, labels={CHOOSING.steps[0].routes[0]: "合同金额超过十万元，并且机房在苏州二期"}))
    bounds = {
        shape.get("bpmnElement"): [float(shape[0].get(side)) for side in ("x", "y", "width", "height")]
        for shape in root.iterfind(".//d:BPMNShape", NS)
    }
    labels = [[float(one.get(side)) for side in ("x", "y", "width", "height")] for one in root.iterfind(".//d:BPMNLabel/c:Bounds", NS)]
    assert len(labels) == 2
    step, gateway, below = (bounds[name] for name in ("step_submit", "choice_submit", "step_racks"))
    assert step[1] + step[3] < gateway[1] and gateway[1] + gateway[3] < below[1]
    for x, y, width, height in labels:
        for left, top, wide, high in bounds.values():
            assert x >= left + wide or x + width <= left or y >= top + high or y + height <= top


def test_a_sign_off_of_three_roles_is_signed_three_times() -> None:
    document = write(Flow(OWNER, (Step("submit"), sign_off(), Step("confirm")), FIELDS))
    root = check(document)
    (loop,) = root.xpath("//b:multiInstanceLoopCharacteristics", namespaces=NS)
    assert loop.get("isSequential") == "false" and loop.xpath("b:loopCardinality/text()", namespaces=NS) == ["3"]
    done = run(document, {})
    assert done[0] == "step_submit" and done[-1] == "step_confirm" and len(done) == 5


@pytest.mark.parametrize(
    ("quorum", "sequential", "condition"),
    [
        (Quorum.ALL, "false", []),
        (Quorum.IN_TURN, "true", []),
        (Quorum.SOME, "false", ["numberOfCompletedInstances >= 2"]),
        (Quorum.ANY, "false", ["numberOfCompletedInstances >= 1"]),
    ],
)
def test_how_many_sign_is_said_and_runs(quorum: Quorum, sequential: str, condition: list[str]) -> None:
    document = write(Flow(OWNER, (Step("submit"), Step("sign", Who.ROLE, (OPS, FINANCE, LAW), quorum=quorum, needed=2)), FIELDS))
    (loop,) = check(document).xpath("//b:multiInstanceLoopCharacteristics", namespaces=NS)
    assert loop.get("isSequential") == sequential
    assert loop.xpath("b:loopCardinality/text()", namespaces=NS) == ["people_of_step_sign"]
    assert loop.xpath("b:completionCondition/text()", namespaces=NS) == condition
    done = run(document, {"people_of_step_sign": 3, "numberOfCompletedInstances": 2})
    assert len(done) == (2 if condition else 4)  # with the condition met, the first signature is enough for the engine


@pytest.mark.parametrize(
    ("condition", "expression"),
    [
        (("amount", "le", "1e2"), "amount <= 100"),
        (("amount", "ge", " 0.50 "), "amount >= 0.50"),
        (("amount", "lt", "-3"), "amount < -3"),
        (("amount", "gt", "1e999999"), "amount > 1E+999999"),
        (("amount", "filled", ""), 'amount not in (None, "")'),
        (("note", "empty", ""), 'note in (None, "")'),
        (("paid", "eq", "yes"), "paid"),
        (("paid", "eq", "no"), "not paid"),
        (("paid", "ne", "yes"), "not paid"),
        (("paid", "ne", "no"), "paid != False"),
        (("机房", "eq", "苏州 B2"), '机房 == "苏州 B2"'),
        (("from", "ge", "2026-01-31"), 'field_from >= "2026-01-31"'),
        (("note", "contains", 'say "no"\\'), '"say \\"no\\"\\\\" in note'),
        (("contract.amount", "ne", "7"), "contract.amount != 7"),
        (("note", "ne", "__import__('os').system('x')"), "note != \"__import__('os').system('x')\""),
        (("amount", "gt", "__import__('os')"), "False"),
        (("gone", "eq", "1"), "False"),
    ],
)
def test_a_condition_is_a_plain_expression(condition: tuple[str, str, str], expression: str) -> None:
    flow = Flow(OWNER, (), FIELDS, {"contract.amount": Kind.MONEY})
    found = write_expression(flow, (Condition(*condition),), name_variables([*(own.code for own in FIELDS), "contract.amount"]))
    assert found == expression


def test_several_conditions_are_joined() -> None:
    both = (*BIG, Condition("paid", "eq", "no"), *BIG)
    assert write_expression(LISTING, both, name_variables(["amount", "paid"])) == "amount > 100000 and not paid"


def test_codes_of_any_letters_become_names_of_their_own() -> None:
    found = name_variables(["amount", "a b", "a-b", "a.b", "1st", "field_a_b", "class", "ｆｕｌｌ", "x or True", "合同", "𐰀"])
    assert found["amount"] == "amount" and found["a.b"] == "a.b" and found["合同"] == "合同" and found["a b"] == "field_a_b_2"
    assert len(set(found.values())) == len(found)
    assert all(part.isidentifier() for name in found.values() for part in name.split("."))


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_a_value_stays_one_literal(text: str) -> None:
    assert ast.literal_eval(quote(text)) == text
    assert not re.search(r"[^\x20-\U0010ffff]|[\ud800-\udfff\ufffe\uffff]", quote(text))


@settings(max_examples=200, deadline=None)
@given(data=st.data(), codes=st.lists(TEXTS.filter(bool), min_size=1, max_size=4, unique=True))
def test_no_condition_says_more_than_a_comparison(data: st.DataObject, codes: list[str]) -> None:
    flow = Flow(OWNER, (), tuple(Field(code, data.draw(st.sampled_from(Kind))) for code in codes))
    operators = st.sampled_from(("eq", "ne", "lt", "le", "gt", "ge", "contains", "filled", "empty", "or"))
    values = st.one_of(TEXTS, st.sampled_from(("1", "-2.50", "2026-01-01", "yes", "no", "1 or True", ")", "NaN", "1e400")))
    asked = data.draw(st.lists(st.builds(Condition, st.sampled_from(codes), operators, values), min_size=1, max_size=3))
    tree = ast.parse(write_expression(flow, asked, name_variables(codes)), mode="eval")
    assert {type(node) for node in ast.walk(tree)} <= SAFE


HELD: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.MONEY: st.decimals(-99, 99, places=1), Kind.YES_NO: st.sampled_from((True, False, None)), Kind.DATE: st.dates(),
    Kind.TEXT: st.text("ab上", min_size=1), Kind.PERSON: st.integers(1, 9),
}  # fmt: skip


def spell(value: object) -> str:
    """Return a value as the text of a condition."""
    return {True: "yes", False: "no", None: "no"}[value] if isinstance(value, bool | None) else str(value)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), kind=st.sampled_from(list(HELD)))
def test_an_expression_holds_when_the_condition_does(data: st.DataObject, kind: Kind) -> None:
    flow = Flow(OWNER, (), (Field("x", kind),))
    held = data.draw(HELD[kind])
    value = data.draw(st.one_of(st.just(held), HELD[kind]))
    condition = Condition("x", data.draw(st.sampled_from(OPERATORS[kind])), spell(value))
    expression = write_expression(flow, (condition,), {"x": "x"})
    there = (
        held.isoformat() if isinstance(held, date) else float(held) if isinstance(held, Decimal) else held
    )  # as JSON brings it to an engine
    assert bool(eval(expression, {}, {"x": there})) == holds(flow, condition, {"x": held})


@settings(max_examples=80, deadline=None)
@given(flow=make_flow(), name=TEXTS, code=TEXTS)
def test_any_flow_is_valid_with_any_words(flow: Flow, name: str, code: str) -> None:
    words = {step.code: name for step in flow.steps}
    root = check(write(flow, names=words, who=words, process_code=code, process_name=name))
    assert root.xpath("count(//b:userTask)", namespaces=NS) == len(flow.steps)


@settings(max_examples=60, deadline=None)
@given(codes=st.lists(TEXTS.filter(bool), min_size=1, max_size=6, unique=True))
def test_codes_of_any_letters_give_ids_that_are_valid(codes: list[str]) -> None:
    field = Field(codes[0], Kind.NUMBER)
    routes = (Route(codes[-1], (Condition(codes[0], "gt", "5"),)), Route(END))
    check(write(Flow(OWNER, tuple(Step(code, routes=routes) for code in codes), (field,)), names={}))


def test_a_draft_with_faults_is_still_valid() -> None:
    check(write(Flow(OWNER, ())))
    nowhere = Step("b", routes=(Route("gone", BIG), Route("gone")))
    check(write(Flow(OWNER, (Step("a"), nowhere, Step("a"), Step("c", routes=(Route(END), Route("a"), Route("b", BIG)))))))
