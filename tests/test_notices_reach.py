"""A notice names its row only to who still reaches it: after unsharing, reassigning or deleting, the name is gone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from app.activities.models import Activity
from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.core.base.notice_kinds import NOTICE_KINDS
from app.core.sharing.shares import Share
from app.core.web.modules import discover
from app.customers.models import Customer
from app.extensions import db
from app.notices.models import Notice
from app.notices.queries import SHOWN
from app.staff.models import Staff
from app.tickets.models import Ticket

from .factories import World, make_share
from .test_notices import list_links
from .test_query_budget import LIST_BUDGET, recording

MODELS = {"Customers": Customer, "Activities": Activity, "Contracts": Contract, "Tickets": Ticket}
DECLARED = [kind for module in discover("app") for kind in module.notices]
KINDS = sorted(kind.code for kind in DECLARED if not kind.endpoint)
READER, GIVER = "south2", "chief"
GONE = "that you no longer see"


def find_row(world: World, module: str, owner: str) -> int:
    return {"Customers": world.signed, "Activities": world.activity, "Contracts": world.contract, "Tickets": world.ticket}[module][owner]


def tell(world: World, kind: str, module: str, row_id: int, label: str) -> None:
    """Leave a notice for the reader."""
    values = {"staff_id": world.people[READER], "actor_id": world.people[GIVER], "kind": kind, "module": module, "row_id": row_id}
    db.session.connection().execute(insert(Notice.__table__).values(**values, label=label, at=datetime(2026, 1, 1)))


def give(world: World, module: str, row_id: int, owner: str) -> None:
    """Let a row have this owner."""
    table = MODELS[module].__table__
    owned = db.session.get_one(Staff, world.people[owner])
    values = {"owner_id": owned.id, "department_id": owned.department_id}
    db.session.connection().execute(update(table).where(table.c.id == row_id).values(values))


@pytest.mark.parametrize("end", ["unshare", "reassign", "delete"])
@pytest.mark.parametrize("module", list(MODELS))
def test_the_name_goes_with_the_reach(app: Flask, world: World, sign_in: Any, module: str, end: str) -> None:
    row_id, labels = find_row(world, module, "south1"), [f"canary-{kind}" for kind in KINDS]
    with app.app_context(), as_system("import"):
        for kind, label in zip(KINDS, labels, strict=True):
            tell(world, kind, module, row_id, label)
        if end == "unshare":
            make_share(module, row_id, db.session.get_one(Staff, world.people[READER]))
        else:
            give(world, module, row_id, READER)
        db.session.commit()
    reader = sign_in(READER)
    page = reader.get("/notices/").text
    assert [label for label in labels if label in page] == labels and GONE not in page
    with app.app_context(), as_system("import"):
        if end == "unshare":
            for share in db.session.scalars(select(Share).where(Share.staff_id == world.people[READER])):
                share.revoked_at = datetime(2026, 1, 2)
        elif end == "reassign":
            give(world, module, row_id, "south1")
        else:
            table = MODELS[module].__table__
            db.session.connection().execute(update(table).where(table.c.id == row_id).values(deleted_at=datetime(2026, 1, 2)))
        db.session.commit()
    page = reader.get("/notices/").text
    assert "canary" not in page and page.count(GONE) == len(KINDS)
    answer = reader.post(list_links(page)[0])
    assert answer.status_code == 302 and reader.get(answer.location).status_code == 404
    assert "canary" not in reader.get(answer.location).text


@pytest.mark.parametrize("module", ["Contracts", "Gone module"])
def test_nothing_is_named_of_a_module_that_one_no_longer_has(app: Flask, world: World, sign_in: Any, module: str) -> None:
    with app.app_context(), as_system("import"):
        tell(world, "given", module, world.contract["south1"], "canary")
        db.session.commit()
    page = sign_in(READER).get("/notices/")
    assert page.status_code == 200 and "canary" not in page.text and GONE in page.text


def test_what_unsharing_does_on_the_screens_takes_the_name_along(sign_in: Any, world: World) -> None:
    boss, reader, pk = sign_in(GIVER), sign_in(READER), world.signed["south1"]
    boss.post(f"/customers/share/{pk}", {"staff": world.people[READER], "access": "read"})
    assert "Chief Test shares south1 Signed Ltd with you" in reader.get("/notices/").text
    boss.post(f"/customers/unshare/{pk}", {"staff": world.people[READER]})
    page = reader.get("/notices/").text
    assert "south1 Signed Ltd" not in page and "Chief Test shared an entry with you that you no longer see" in page


def test_kinds_with_a_page_of_their_own_tell_of_no_customer(app: Flask) -> None:
    """Their label is the number and leaver of a handover, or who is absent when, or is not said at all: no share or owner decides it."""
    assert {kind.code for kind in DECLARED if kind.endpoint} == {"handover", "handover_undone", "code_issued", "deputy"}
    told = {
        "assigned",
        "given",
        "shared",
        *(f"case_{one}" for one in ("task", "returned", "done", "refused", "cancelled", "copied", "overdue")),
    }
    assert {kind.code for kind in DECLARED if kind.unseen is not None} == set(KINDS) == told | {"case_reminded"}
    assert set(NOTICE_KINDS.first_of_each()) == {kind.code for kind in DECLARED}


def test_fifty_notices_of_every_module_cost_one_statement_each(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system("import"):
        for turn in range(SHOWN):
            module = list(MODELS)[turn % 4]
            tell(world, "given", module, find_row(world, module, ("south1", "south2", "north1")[turn % 3]), "x")
        db.session.commit()
    reader = sign_in(READER)
    reader.get("/notices/")
    with recording(app) as sent:
        assert reader.get("/notices/").status_code == 200
    assert len(sent) <= LIST_BUDGET, sent


def test_an_unknown_kind_is_a_dash(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system("import"):
        tell(world, "of long ago", "Customers", world.signed[READER], "canary")
        db.session.commit()
    page = sign_in(READER).get("/notices/")
    assert page.status_code == 200 and ">–</button>" in page.text and "canary" not in page.text
