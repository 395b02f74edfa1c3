"""Shares lent and taken back on the record page; the history in words; why one sees a record."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.core.access.scope import SEE, find_reason, is_row_reached
from app.core.access.viewer import acting_as
from app.core.base.errors import RuleViolation
from app.core.sharing.shares import Share
from app.customers.models import Customer
from app.extensions import db


def test_a_share_opens_the_customer_and_its_children_and_taking_it_back_closes_them(sign_in: Any, world: Any) -> None:
    owner, borrower = sign_in("south1"), sign_in("north1")
    pages = [f"/customers/show/{world.signed['south1']}", f"/activities/show/{world.activity['south1']}"]
    assert [borrower.get(page).status_code for page in pages] == [404, 404]
    path = f"/customers/share/{world.signed['south1']}"
    owner.post(path, {"staff": world.people["north1"], "access": "read", "until": ""})
    assert [borrower.get(page).status_code for page in pages] == [200, 200]
    assert "shares it with you" in borrower.get(pages[0]).text
    assert borrower.post(f"/customers/edit/{world.signed['south1']}", {"name": "Mine"}).status_code == 403
    owner.post(path.replace("share", "unshare"), {"staff": world.people["north1"]})
    assert [borrower.get(page).status_code for page in pages] == [404, 404]


def test_a_full_share_lets_a_colleague_edit_but_not_delete_beyond_their_actions(sign_in: Any, world: Any, app: Any) -> None:
    sign_in("south1").post(f"/customers/share/{world.signed['south1']}", {"staff": world.people["boss_north"], "access": "full"})
    sign_in("south1").post(f"/customers/share/{world.lead['south1']}", {"staff": world.people["boss_north"], "access": "full"})
    boss = sign_in("boss_north")  # a manager edits and does not delete, whatever is lent
    assert boss.get(f"/customers/edit/{world.signed['south1']}").status_code == 200
    assert boss.post(f"/customers/delete/{world.lead['south1']}").status_code == 403
    assert "south1 Lead Ltd" in boss.get(f"/customers/show/{world.lead['south1']}").text


@pytest.mark.parametrize("person", ["north1", "director", "service1", "it"])
def test_nobody_shares_what_they_do_not_edit(sign_in: Any, world: Any, app: Any, person: str) -> None:
    answer = sign_in(person).post(f"/customers/share/{world.signed['south1']}", {"staff": world.people["north1"], "access": "full"})
    assert answer.status_code in (403, 404)
    with app.app_context():
        assert db.session.scalars(select(Share.row_id).where(Share.row_id == world.signed["south1"])).all() == []


@pytest.mark.parametrize(
    ("person", "row", "to", "field"),
    [("north1", "south1", "south2", None), ("south2", "south1", "north1", None), ("south1", "south1", "south1", "staff"),
     ("boss_south", "south1", "south2", "")],
)  # fmt: skip
def test_no_session_shares_past_the_rule(app: Any, world: Any, person: str, row: str, to: str, field: str | None) -> None:
    with app.test_request_context("/", method="POST"), acting_as(world.people[person], source="shell"):
        db.session.add(Share(module="Customers", row_id=world.signed[row], staff_id=world.people[to], access="full"))
        if field == "":
            db.session.commit()
            return
        with pytest.raises(RuleViolation) as refusal:
            db.session.commit()
        assert refusal.value.field == field
        db.session.rollback()
        assert db.session.scalar(select(Share.id).where(Share.row_id == world.signed[row])) is None


def test_sharing_again_replaces_the_share_and_the_history_names_the_colleague(sign_in: Any, world: Any, app: Any) -> None:
    owner = sign_in("south1")
    for kind in ("read", "full"):
        owner.post(f"/customers/share/{world.signed['south1']}", {"staff": world.people["north1"], "access": kind})
    with app.app_context():
        open_shares = select(Share.access).where(Share.row_id == world.signed["south1"], Share.revoked_at.is_(None))
        assert db.session.scalars(open_shares).all() == ["full"]
    page = owner.get(f"/customers/show/{world.signed['south1']}").text
    assert "Shared with North1 Test" in page


def test_the_history_reads_names_not_ids(sign_in: Any, world: Any) -> None:
    boss = sign_in("chief")
    pk = world.lead["south1"]
    boss.post(f"/customers/status/{pk}", {"status": "2"})
    boss.post(f"/customers/edit/{pk}", {"name": "Renamed Ltd", "status": "2", "owner": world.people["south2"], "row_version": "2"})
    page = boss.get(f"/customers/show/{pk}?show=history").text
    for words in ("Status: <del>Entered</del> → <ins>First contact</ins>", "Salesperson: <del>South1 Test</del> → <ins>South2 Test</ins>"):
        assert words in page
    assert "Name: <del>south1 Lead Ltd</del> → <ins>Renamed Ltd</ins>" in page


@pytest.mark.parametrize(
    ("person", "reason"),
    [("south1", "own"), ("boss_south", "department"), ("director", "all"), ("chief", "all"), ("north1", None), ("nobody", None)],
)
def test_the_reason_is_the_scope_itself(system: Any, world: Any, person: str, reason: str | None) -> None:
    row = db.session.scalars(select(Customer).where(Customer.id == world.signed["south1"])).one()
    with acting_as(world.people[person]) as viewer:
        assert find_reason(viewer, row, SEE) == reason
        assert is_row_reached(viewer, row, SEE) is (reason is not None)


@pytest.mark.parametrize("until", ["2026-02-30", "soon", "31.12.2026"])
def test_an_end_that_is_no_day_shares_nothing(sign_in: Any, world: Any, app: Any, until: str) -> None:
    answer = sign_in("south1").post(
        f"/customers/share/{world.signed['south1']}",
        {"staff": world.people["north1"], "access": "read", "until": until},
        headers={"Accept-Language": "en"},
        follow_redirects=True,
    )
    assert "This is not a day of the calendar." in answer.text
    assert sign_in("north1").get(f"/customers/show/{world.signed['south1']}").status_code == 404
