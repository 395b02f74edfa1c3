"""What tells of a field is made from its definition: columns and CHECKs, the OpenAPI document, marks on forms, what a new record lacks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import CheckConstraint, Numeric, String, inspect, select

from app.core.access.policy import find_policy
from app.core.access.viewer import as_system
from app.core.base.errors import RuleViolation
from app.core.base.parsing import parse_day, parse_instant, parse_number
from app.core.views.base import DeskView
from app.core.views.rest import DeskApi
from app.core.web.binding import bind
from app.core.web.modules import discover
from app.core.writes.columns import DEFINITIONS, RULE, find_rule, rules_of
from app.core.writes.fields import ChoiceRule, DayRule, FieldRule, InstantRule, NumberRule, ReferenceRule, TextRule, amount
from app.core.writes.times import TimeRule
from app.extensions import db

from .factories import World
from .odd_values import hear_page, open_case, read_whole_form
from .rules.said import hear
from .test_every_module import BASES, DECLARED, WORK
from .test_one_definition import EDITED, ENGLISH

bind(discover("app"))  # so that every model is known, and what the manifests define


def list_defined() -> list[Any]:
    """Return (model, attribute, definition) of every field that somebody defined."""
    models = {mapper.class_ for mapper in db.Model.registry.mappers}
    found = [(model, name, rule) for model in models for name, rule in rules_of(model).items() if not rule.is_derived]
    return sorted(found, key=lambda one: (one[0].__name__, one[1]))


DEFINED = list_defined()


def say(value: Any) -> str:
    """Return a test's name."""
    return getattr(value, "__name__", None) or (value if isinstance(value, str) else "")


def test_enough_is_defined() -> None:
    assert len(DEFINED) > 60
    assert {rule.__class__.__name__ for _model, _name, rule in DEFINED} == {
        "TextRule", "DayRule", "InstantRule", "NumberRule", "FlagRule", "ChoiceRule", "ReferenceRule", "TimeRule",
    }  # fmt: skip


@pytest.mark.parametrize(("model", "name", "rule"), DEFINED, ids=say)
def test_a_column_is_as_its_definition_says(model: Any, name: str, rule: FieldRule) -> None:
    made = inspect(model).columns[name]
    assert (made.info.get(RULE) or DEFINITIONS.find((made.table.name, made.name))) is rule
    if isinstance(made.type, Numeric) and made.type.scale:
        assert isinstance(rule, NumberRule)
        assert (Decimal(10) ** made.type.precision - 1) / 10**made.type.scale == rule.most and made.type.scale == rule.decimals
    if isinstance(made.type, String) and made.type.length is not None:
        assert made.type.length == (rule.limit if isinstance(rule, TextRule) else rule.size if isinstance(rule, ChoiceRule) else 0)
    if isinstance(rule, ChoiceRule) and isinstance(made.type, String):
        assert max(map(len, rule.codes())) <= (made.type.length or 0)
    # What the database cannot do without is asked for, or has a default that nobody can take away.
    assert made.nullable or rule.needed is not None or isinstance(rule.default, str)
    policy = find_policy(model)
    assert (policy.option_sets.get(name, "") if policy is not None else "") == getattr(rule, "list_code", "")


@pytest.mark.parametrize("model", sorted({model for model, _name, _rule in DEFINED}, key=lambda one: one.__name__), ids=say)
def test_a_check_names_the_choices_of_the_definition(model: Any) -> None:
    for check in (one for one in model.__table__.constraints if isinstance(one, CheckConstraint)):
        found = re.fullmatch(r"(\w+) IN \((.+)\)", str(check.sqltext))
        rule = rules_of(model).get(found[1]) if found is not None else None
        if found is not None and isinstance(rule, ChoiceRule):
            assert re.findall(r"'(\w+)'", found[2]) == list(rule.codes())


# -- OpenAPI -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def document(app: Flask, rest: Any) -> Any:
    """Return the schemas of the OpenAPI document."""
    return json.loads(rest("chief").send("GET", "_openapi").text)["components"]["schemas"]


def list_apis(app: Flask) -> list[DeskApi]:
    return [one for one in app.extensions["appbuilder"].baseviews if isinstance(one, DeskApi) and "put" not in one.exclude_route_methods]


def find_examples(rule: FieldRule) -> Iterator[tuple[Any, bool]]:
    """Yield values as JSON, and whether the document lets them pass."""
    if isinstance(rule, TextRule):
        yield from ((5, False), ("x" * (rule.limit + 1), False))
        if rule.pattern is None:
            yield from (("x" * rule.limit, True), ("", rule.needed is None))
    elif isinstance(rule, NumberRule) and rule.decimals:
        step = Decimal(1).scaleb(-rule.decimals)
        for one, fits in ((rule.most, True), (rule.most + 1, False), (Decimal(rule.least) - step, False), (rule.least + step / 10, False)):
            yield f"{one:f}", fits
        yield from ((5, True), (-5, rule.least < 0), ("1_0", False), (True, False))
    elif isinstance(rule, ChoiceRule):
        yield from (*((code, True) for code in rule.codes()), ("no such code", False))
    elif isinstance(rule, ReferenceRule):
        yield from ((1, True), ("abc", False), (1.5, False), (2**31, False))
    elif isinstance(rule, TimeRule):
        yield from (
            ("14:30", True),
            ("14:30:00", True),
            ("9:05", True),
            ("24:00", False),
            ("14:30:30", False),
            ("14:30+08:00", False),
            (1430, False),
        )
    elif isinstance(rule, DayRule | InstantRule):
        yield from (("2026-01-31", True), (20260131, False))


def test_the_document_takes_what_the_definitions_take(app: Flask, document: Any) -> None:
    told = 0
    for api in list_apis(app):
        columns = inspect(api.datamodel.obj).columns
        for kind, names in (("post", api.add_columns), ("put", api.edit_columns)):
            schema = document[f"{type(api).__name__}.{kind}"]
            assert set(names) <= set(schema["properties"])
            for name in names:
                rule, described = rules_of(api.datamodel.obj)[name], schema["properties"][name]
                for value, fits in find_examples(rule):
                    assert jsonschema.Draft7Validator(described).is_valid(value) is fits, (api.resource_name, kind, name, value)
                    told += 1
                assert described.get("nullable", False) is bool(columns[name].nullable and rule.needed is None), name
    assert told > 200


def test_the_document_says_what_a_new_record_needs_and_what_it_gets_by_itself(app: Flask, document: Any) -> None:
    for api in list_apis(app):
        rules = {name: rule for name, rule in rules_of(api.datamodel.obj).items() if name in api.add_columns}
        given = {name for name, rule in rules.items() if rule.default not in (None, "")}
        needed = {name for name, rule in rules.items() if rule.needed is not None} - given
        schema = document[f"{type(api).__name__}.post"]
        assert set(schema["required"]) == needed and needed
        assert {name for name, one in schema["properties"].items() if "default" in one} == given
        assert "required" not in document[f"{type(api).__name__}.put"]


def test_an_answer_is_as_the_document_says(app: Flask, document: Any, rest: Any) -> None:
    client = rest("chief")
    for api in list_apis(app):
        schema = document[f"{type(api).__name__}.get"]
        result = client.send("GET", f"{api.resource_name}/1").json["result"]
        for name, one in schema["properties"].items():
            if name in inspect(api.datamodel.obj).columns:
                assert one.get("type"), (api.resource_name, name)
                assert result[name] is None or jsonschema.Draft7Validator(one).is_valid(result[name]), (api.resource_name, name)


# -- what is needed ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", [base for base in EDITED if "add" in DECLARED[base].actions])
def test_what_is_needed_is_marked_by_a_star_that_is_explained_once(app: Flask, world: World, sign_in: Any, base: str) -> None:
    view = next(one for one in app.extensions["appbuilder"].baseviews if isinstance(one, DeskView) and one.route_base == f"/{base}")
    page, marked = sign_in("chief").get(f"/{base}/add", headers=ENGLISH).text, 0
    for label, name in re.findall(r'<label for="[^"]*" id="([^"]+)-label">(.*?)</label>', page):
        try:
            _key, rule = find_rule(view.datamodel.obj, label)
        except LookupError:
            continue
        assert ('class="req"' in name) is (rule.needed is not None), label
        is_required = re.search(rf'name="{label}"[^>]* aria-required="true"', page) is not None
        assert is_required is (rule.needed is not None), label
        marked += 1
    assert marked
    assert "optional" not in page and page.count('class="req-note"') == 1


def test_a_dialog_s_reason_is_not_called_optional(world: World, sign_in: Any) -> None:
    pages = [f"/contracts/show/{world.contract['south1']}", f"/customers/show/{world.signed['south1']}", "/profile/password"]
    text = "".join(sign_in("south1").get(path, headers=ENGLISH).text for path in pages)
    labels = dict(re.findall(r'<label for="[^"]*" id="(?:(?:dialog|stage)-\d+-)?([^"]+)-label">(.*?)</label>', text))
    assert {"status_reason", "ended_on", "again", "present", "password"} <= set(labels)
    assert not [name for name, label in labels.items() if "optional" in label]
    assert 'class="req"' in labels["status_reason"]  # the bar asks for it where it is needed


def test_no_control_cuts_what_is_pasted(app: Flask, world: World, sign_in: Any) -> None:
    person = sign_in("chief")
    for base in BASES:
        assert "maxlength" not in person.get(f"/{base}/add").text
    for path in (f"/tickets/show/{world.ticket['south1']}", f"/contracts/show/{world.contract['south1']}", "/bin/", "/customers/"):
        assert "maxlength" not in person.get(path).text


@pytest.mark.parametrize("base", WORK)
def test_a_new_record_says_what_it_lacks_by_rest_and_by_form(app: Flask, world: World, rest: Any, base: str) -> None:
    case = open_case(app, world, base)
    api = case.api
    assert api is not None and case.client is not None
    with app.app_context(), as_system("import"):
        row = db.session.scalars(select(case.model).where(case.model.id == case.row_id)).one()
        body = {name: to_json(getattr(row, name)) for name in api.add_columns}
    page = read_whole_form(case.browser.get(f"/{base}/add").text)
    needed = {
        name: rule for name, rule in rules_of(case.model).items() if name in api.add_columns and rule.needed and rule.default in (None, "")
    }
    assert needed
    for name, rule in needed.items():
        answer = case.client.send("POST", f"{base}/", {key: value for key, value in body.items() if key != name})
        with app.test_request_context(), force_locale("en"):
            sentence = str(rule.needed)
        assert answer.status_code == 422 and answer.json["message"] == {name: [sentence]}
        short = name.removesuffix("_id")
        sent = {**page, short: [""], "csrf_token": case.token}
        assert hear_page(case.browser.client.post(f"/{base}/add", data=sent).text, short) == sentence
    assert case.client.send("POST", f"{base}/", body).status_code == 201


def to_json(value: Any) -> Any:
    """Return a value of a row as JSON has it."""
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value) if isinstance(value, Decimal) else value


# -- definitions without a column, and what reads texts -------------------------------------------------------------------


def test_a_definition_needs_no_column() -> None:
    needed = "Say why."
    reason, share = TextRule(10, needed=needed), amount(4, 1, bad="No share.")
    assert hear(reason.check, reason.read(" ")) == (needed, None) and reason.check(reason.read(" why ")) == "why"
    assert share.check(share.read("９９９.9")) == Decimal("999.9")
    assert hear(share.check, share.read("1000")) == ("No share.", None) and hear(share.read, "a") == ("No share.", None)
    assert share.check(share.read("")) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", "7"), (" 12.5 ", "12.5"), ("1,234.50", "1234.50"), ("１，２３４．５０", "1234.50"), ("－５", "-5"), ("\u22125", "-5"),
     ("+5", "5"), (".5", "0.5"), ("5.", "5")],
)  # fmt: skip
def test_numbers_are_read_in_one_way(text: str, number: str) -> None:
    assert parse_number(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", " ", "1_000", "1e2", "12,5", "1,00,000", "٣", "NaN", "inf", "0x1", "1 000", "--1", "9" * 61])
def test_what_could_be_read_two_ways_is_no_number(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026-01-05", date(2026, 1, 5)), ("2026-1-5", date(2026, 1, 5)), ("２０２６-０１-０５", date(2026, 1, 5)), ("0001-01-01", date.min),
     *((bad, None) for bad in ("", "2026-02-30", "20260105", "2026-W01-1", "5.1.2026", "2026-01-05T00:00", "٢٠٢٦-٠١-٠٥"))],
)  # fmt: skip
def test_days_are_read_in_one_way(text: str, day: date | None) -> None:
    assert parse_day(text) == day


@pytest.mark.parametrize(
    ("text", "instant"),
    [("2026-01-05T10:00", datetime(2026, 1, 5, 10)), ("2026-01-05 10:00:07", datetime(2026, 1, 5, 10, 0, 7)),
     ("2026-01-05T10:00:00Z", datetime(2026, 1, 5, 10)), ("2026-01-05T10:00:00+08:00", datetime(2026, 1, 5, 2)),
     *((bad, None) for bad in ("", "2026-01-05", "2026-02-30T10:00", "2026-01-05T25:00", "0001-01-01T00:00:00+14:00", "20260105T1000"))],
)  # fmt: skip
def test_instants_are_read_in_one_way(text: str, instant: datetime | None) -> None:
    assert parse_instant(text) == instant


def test_the_sentence_of_a_refusal_is_the_definitions_own() -> None:
    with pytest.raises(RuleViolation) as refusal:
        TextRule(3, needed=(sentence := object())).check(None)
    assert refusal.value.message is sentence
