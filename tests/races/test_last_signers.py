"""Two last signers in the same moment: the case goes on once, and never stands running with no open task."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.access.viewer import as_system
from app.core.base.errors import RuleViolation
from app.extensions import db
from app.processes import documents, doing
from app.processes.designs import Process
from app.processes.doing import Given
from app.processes.models import CaseTask

from ..factories import World
from ..processes.desk import act_as, do, find_process, replay_case, stands

SIGN_OFF = {
    "format": 1, "code": "sign_off", "name_zh": "会签", "name_en": "Sign-off",
    "fields": [{"code": "what", "kind": "text", "name_zh": "事项", "name_en": "What"}],
    "steps": [
        {"code": "send", "name_zh": "提交", "name_en": "Send", "who": "starter", "may_return": "never", "rights": {"what": "required"}},
        {"code": "sign", "name_zh": "会签", "name_en": "Sign", "who": "role", "roles": ["Maintenance", "Management"],
         "quorum": "each_role"},
        {"code": "look", "name_zh": "查看", "name_en": "Look", "who": "starter"},
    ],
}  # fmt: skip


def publish(world: World) -> None:
    """Publish a process in which two roles sign off."""
    with as_system("import"):
        process = Process(code="sign_off", name_zh="会签", name_en="Sign-off", owner_id=world.people["chief"])
        db.session.add(process)
        db.session.flush()
        version = documents.write(db.session(), process, 1, documents.check_shape(SIGN_OFF))
        version.state = "published"
        db.session.commit()


def sign_at_once(app: Flask, world: World, case: int, numbers: dict[str, int]) -> list[str]:
    """Let both sign in the same moment; return what went wrong but for refusals."""
    barrier, wrong = threading.Barrier(2), []

    def sign(person: str) -> None:
        try:
            barrier.wait(timeout=30)
            do(app, world, person, case, "approve", {}, task=numbers[person])
        except RuleViolation as refusal:
            wrong.append(f"refused: {refusal}")
        except Exception as error:
            wrong.append(repr(error))

    threads = [threading.Thread(target=sign, args=(person,)) for person in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def play(app: Flask, world: World) -> None:
    """Start a case, let both claim their task and sign at once."""
    with act_as(app, world, "south1"):
        given: Any = Given(values={"what": "this"}, is_sent=True)
        case = doing.save(lambda: doing.start(doing.find_design(find_process("sign_off")), given)).id
    with app.app_context(), as_system():
        rows = db.session.scalars(
            select(CaseTask).where(CaseTask.case_id == case, CaseTask.state == "open").order_by(CaseTask.number)
        ).all()
        numbers = dict(zip(("service1", "director"), (row.number for row in rows), strict=True))
    for person, number in numbers.items():
        do(app, world, person, case, "claim", task=number)
    assert sign_at_once(app, world, case, numbers) == []
    assert stands(app, case) == ("running", "look")
    replay_case(app, case)
    with app.app_context(), as_system():
        rows = db.session.scalars(select(CaseTask).where(CaseTask.case_id == case, CaseTask.state == "open")).all()
        assert [row.person_id for row in rows] == [world.people["south1"]]


@pytest.mark.parametrize("tries", [5, pytest.param(200, marks=pytest.mark.slow)])
def test_two_last_signers_in_the_same_moment(app: Flask, world: World, tries: int) -> None:
    with app.app_context():
        publish(world)
    for _turn in range(tries):
        play(app, world)
