"""The designer on the desk: a draft is changed, checked, tried and published; a published version refuses every change."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core.access.viewer import as_system
from app.core.base.errors import RuleViolation
from app.core.writes import bulk
from app.extensions import db
from app.processes import documents
from app.processes.designs import FieldRight, Process, ProcessField, ProcessStep, ProcessVersion, RouteCondition, StepRoute
from app.processes.firsts import APPROVAL, ENDING, LISTING, TAKING_DOWN
from app.processes.models import Case

from ..factories import World
from .desk import do, find_process, give_managers, stands, start_listing

PAGE = "/processes/design/version/{}"


def find_newest(code: str) -> tuple[int, str]:
    """Return id and state of the newest version of a process."""
    rows = select(ProcessVersion).where(ProcessVersion.process_id == find_process(code)).order_by(ProcessVersion.number.desc())
    row = db.session.scalars(rows).first()
    assert row is not None
    return row.id, row.state


@pytest.mark.parametrize("document", [LISTING, TAKING_DOWN, APPROVAL, ENDING], ids=lambda one: one["code"])
def test_a_process_goes_out_and_in_again_as_the_same_document(app: Flask, world: World, document: Any) -> None:
    with app.app_context(), as_system("import"):
        version = db.session.get(ProcessVersion, find_newest(document["code"])[0])
        assert version is not None
        dumped = documents.dump(db.session(), version)
        again = documents.write(db.session(), version.process, 9, documents.check_shape(json.loads(json.dumps(dumped))))
        assert documents.dump(db.session(), again) == dumped
        assert documents.list_missing(db.session(), dumped) == []
        db.session.rollback()


@pytest.mark.parametrize("model", [ProcessStep, ProcessField, FieldRight, StepRoute, RouteCondition])
def test_a_published_version_refuses_every_change(app: Flask, world: World, model: Any) -> None:
    with app.app_context(), as_system("import"):
        version, row = publish_with_route(world)
        table = model.__table__
        found = db.session.scalars(select(model).where(model.version_id == version).order_by(model.id)).first()
        assert found is not None and row
        row_id = found.id
        columns = {ProcessStep: "hours", ProcessField: "limit", FieldRight: "allows", StepRoute: "position", RouteCondition: "value"}
        name = columns[model]
        setattr(found, name, "hidden" if name == "allows" else "7" if name == "value" else 7)
        with pytest.raises(RuleViolation):
            db.session.commit()
        db.session.rollback()
        value = "hidden" if name == "allows" else "7" if name == "value" else 7
        with pytest.raises((IntegrityError, RuleViolation)):
            bulk.set_values(db.session(), model, table.c.id == row_id, {name: value})
        db.session.rollback()
        for statement in (table.update().where(table.c.id == row_id).values({name: value}), table.delete().where(table.c.id == row_id)):
            with pytest.raises(IntegrityError):
                db.session.connection().execute(statement)
            db.session.rollback()


def publish_with_route(world: World) -> tuple[int, int]:
    """Publish the approval of contracts, which has a route with a condition; return the version and a step."""
    give_managers(world)
    version = db.session.get(ProcessVersion, find_newest("contract_approval")[0])
    assert version is not None
    version.state = "published"
    db.session.commit()
    step = db.session.scalars(select(ProcessStep.id).where(ProcessStep.version_id == version.id)).first()
    assert step is not None
    return version.id, step


def test_it_adds_a_step_with_a_condition_and_publishes_it_while_an_old_case_runs(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system("import"):
        give_managers(world)
        number = db.session.scalars(select(Case.number)).first() or ""
        assert number == ""
        from app.contracts.models import Contract

        contract = db.session.scalars(select(Contract).where(Contract.id == world.contract["south1"])).one()
        number = contract.number
    old = start_listing(app, world, number)
    it = sign_in("it")
    it.post("/language/en")
    with app.app_context(), as_system():
        published, _state = find_newest("listing")
    assert "/version/" in it.post(f"{PAGE.format(published)}/copy").location
    with app.app_context(), as_system():
        draft, state = find_newest("listing")
        steps = {row.code: row.id for row in db.session.scalars(select(ProcessStep).where(ProcessStep.version_id == draft))}
    assert state == "draft" and draft != published
    added = it.post(f"{PAGE.format(draft)}/add-step", {"after": steps["approve"]})
    new_id = int(added.location.partition("step=")[2].partition("#")[0])
    form = {"name_zh": "财务复核", "name_en": "Finance checks", "who": "role", "quorum": "one", "on_no": "ends", "may_return": "previous",
            "resume": "straight", "nobody": "owner", "overdue": "remind", "starter_may_approve": "y"}  # fmt: skip
    assert it.post(f"{PAGE.format(draft)}/save?step={new_id}", form).status_code == 302
    page = it.get(PAGE.format(draft)).text
    assert "No role is chosen." in page
    assert it.post(f"{PAGE.format(draft)}/publish").status_code == 302
    with app.app_context(), as_system():
        assert find_newest("listing") == (draft, "draft")  # with faults it stays a draft
        from flask_appbuilder.security.sqla.models import Role

        role = db.session.scalars(select(Role.id).where(Role.name == "Management")).one()
        codes = {row.id: row.code for row in db.session.scalars(select(ProcessStep).where(ProcessStep.version_id == draft))}
    assert it.post(f"{PAGE.format(draft)}/save?step={new_id}", {**form, "roles": role}).status_code == 302
    way = {"routes-0-field": "contract.amount", "routes-0-operator": "gt", "routes-0-value": "100000", "routes-0-target": codes[new_id]}
    approve = {**form, "name_zh": "审批", "name_en": "Approves", "who": "manager", **way, "otherwise": "rack"}
    assert it.post(f"{PAGE.format(draft)}/save?step={steps['approve']}", approve).status_code == 302
    assert "Nothing is wrong" in it.get(PAGE.format(draft)).text
    tried = it.post(f"{PAGE.format(draft)}/trial", {"do": "approve-1", "f-site": "B2", "fact-contract.amount": "150000"}).text
    assert "→ Approves" in tried
    assert it.post(f"{PAGE.format(draft)}/publish").status_code == 302
    with app.app_context(), as_system():
        assert find_newest("listing") == (draft, "published")
        assert db.session.get_one(ProcessVersion, published).state == "retired"
    assert "is new" in it.get(f"{PAGE.format(draft)}/differences").text
    do(app, world, "boss_south", old, "approve")
    assert stands(app, old) == ("running", "rack")  # the old version has no such step


def test_a_file_is_taken_in_as_a_draft_or_refused_in_a_sentence(app: Flask, world: World, sign_in: Any) -> None:
    it = sign_in("it")
    it.post("/language/en")

    def send(content: bytes) -> Any:
        return it.post("/processes/design/import", {"file": (io.BytesIO(content), "process.json")})

    for wrong in (b"", b"no json", b"[]", b'{"format": 1, "evil": 1}', b'{"format": 1, "steps": [{"code": {}}]}'):
        answer = send(wrong)
        assert answer.status_code == 422, wrong
    document = {**LISTING, "code": "moved", "name_zh": "搬迁", "name_en": "Moving"}
    document["steps"] = [{**step, "roles": ["Nobody has this"]} if step.get("roles") else step for step in LISTING["steps"]]
    assert send(json.dumps(document).encode()).status_code == 302
    with app.app_context(), as_system():
        assert find_newest("moved")[1] == "draft"
        row = db.session.scalars(select(Process).where(Process.code == "moved")).one()
        assert row.owner_id == world.people["it"]
    assert "Nobody has this" in it.get("/").text


def test_a_condition_holds_no_code(app: Flask, world: World) -> None:
    with app.app_context(), as_system("import"):
        version = find_newest("contract_approval")[0]
        one = db.session.scalars(select(RouteCondition).where(RouteCondition.version_id == version)).one()
        one.field, one.operator, one.value = "terms", "contains", "__import__('os')"
        db.session.commit()
        from app.processes.flow.conditions import holds
        from app.processes.reading import read_design

        design = read_design(version)
        condition = next(route.conditions[0] for step in design.flow.steps for route in step.routes if route.conditions)
        assert holds(design.flow, condition, {"terms": "a __import__('os') b"}) and not holds(design.flow, condition, {"terms": "os"})
