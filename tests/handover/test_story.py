"""The scripted story: one leaver, three receivers; what is previewed is what moves, and what must not move does not."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.activities.models import Activity
from app.contracts.models import Contract
from app.core.access.scope import owned_models
from app.core.access.viewer import acting_as, as_system
from app.core.base import clock
from app.core.base.errors import RuleViolation
from app.core.sharing.shares import Share
from app.core.writes.history import HistoryEntry
from app.customers.models import Contact, Customer
from app.extensions import db
from app.handover import moving, undoing
from app.handover.holdings import holdings_for
from app.handover.models import Handover, HandoverItem
from app.handover.queries import read_moves
from app.notices.models import Notice
from app.staff.models import Staff
from app.tickets.models import Ticket

from .conftest import CUSTOMERS, Story, digest_of_what_never_moves, make_plan, run_as


def owners_of(model: Any) -> dict[int, tuple[int | None, int | None]]:
    """Return id -> (owner, department) of every row."""
    table = model.__table__.c
    rows = db.session.connection().execute(select(table.id, table.owner_id, table.department_id))
    return {row.id: (row.owner_id, row.department_id) for row in rows}


def test_what_is_previewed_is_what_moves_with_everything_below(story: Story, inside: Any, world: Any) -> None:
    before = digest_of_what_never_moves()
    with acting_as(story.manager, source="form") as viewer:
        holdings = holdings_for(viewer)
        plan = make_plan(holdings, story.leaver, story.receivers, note="Look after them", way="region_id")
        moves, seen = read_moves(holdings, plan, viewer)
        shown = {line.id: line.new for part in moves for line in part.lines}
        handover = moving.run(plan, holdings, seen)
        number, handover_id = handover.number, handover.id
        assert (handover.moved, len(shown)) == (len(shown), len(shown))
    db.session.remove()
    names = {person.id: person.name for person in db.session.scalars(select(Staff))}
    owners = owners_of(Customer)
    assert {row_id: names[owners[row_id][0] or 0] for row_id in shown} == shown
    assert set(story.customers) <= set(shown)
    for model in (Contact, Activity, Contract, Ticket):
        table = model.__table__.c
        for customer_id, owner, department in db.session.connection().execute(
            select(table.customer_id, table.owner_id, table.department_id)
        ):
            assert (owner, department) == owners[customer_id]
    assert digest_of_what_never_moves() == before
    assert owner_lines(number) == moved_rows(number, handover_id)


def owner_lines(number: str) -> Counter[tuple[str, int]]:
    """Return (model, row) of the history lines that carry a handover's number and name the owner."""
    entry = HistoryEntry
    rows = db.session.execute(
        select(entry.model, entry.row_id).where(entry.batch == number, entry.field == "owner_id", entry.way == "handover")
    )
    return Counter((model, row_id) for model, row_id in rows)


def moved_rows(number: str, handover_id: int) -> Counter[tuple[str, int]]:
    """Return (model, row) of the customers that moved and of everything below them."""
    ids = set(db.session.scalars(select(HandoverItem.row_id).where(HandoverItem.handover_id == handover_id)))
    found = Counter(("Customer", row_id) for row_id in ids)
    for model in owned_models():
        if model.policy.root == ("customer_id", "Customer"):
            table = model.__table__.c
            rows = db.session.connection().execute(select(table.id).where(table.customer_id.in_(ids)))
            found.update((model.__name__, row_id) for row_id in rows.scalars())
    return found


@pytest.mark.parametrize("way", ["one", "even", "region_id", "industry_id", "status_id"])
def test_every_way_of_dividing_moves_each_row_once(story: Story, inside: Any, way: str) -> None:
    fields = {"way": way, "main-customer-owner_id": story.receivers[1]}
    if way == "region_id":
        fields["by-region_id-customer-owner_id-none"] = story.receivers[2]
    handover = run_as(story.manager, story.leaver, story.receivers, **fields)
    assert handover.moved >= CUSTOMERS
    owners = owners_of(Customer)
    counts = Counter(owners[row_id][0] for row_id in story.customers)
    assert sum(counts.values()) == CUSTOMERS and story.leaver not in counts
    if way == "even":
        assert max(counts.values()) - min(counts.values()) <= 1 and len(counts) == 3
    if way in ("one", "industry_id", "status_id"):
        assert set(counts) == {story.receivers[1]}
    if way == "region_id":
        none = select(Customer.id).where(Customer.id.in_(story.customers), Customer.region_id.is_(None))
        with as_system():
            without = list(db.session.scalars(none))
        assert without and {owners[row_id][0] for row_id in without} == {story.receivers[2]}


def test_single_rows_go_elsewhere_or_stay(story: Story, inside: Any) -> None:
    first, second = story.customers[:2]
    fields = {f"row-customer-owner_id-{first}": story.receivers[2], f"row-customer-owner_id-{second}": 0}
    run_as(story.manager, story.leaver, story.receivers, way="one", **fields)
    owners = owners_of(Customer)
    assert owners[first][0] == story.receivers[2]
    assert owners[second][0] == story.leaver
    assert owners[story.customers[2]][0] == story.receivers[0]


def test_each_receiver_is_told_and_the_old_share_of_the_new_owner_ends(story: Story, inside: Any) -> None:
    handover = run_as(story.manager, story.leaver, story.receivers, way="one")
    told = db.session.scalars(select(Notice.staff_id).where(Notice.kind == "handover", Notice.row_id == handover.id)).all()
    assert told == [story.receivers[0]]
    share = db.session.scalars(select(Share).where(Share.row_id == story.customers[0], Share.staff_id == story.receivers[0])).one()
    assert share.revoked_batch == handover.number


def test_the_leaver_keeps_reading_until_the_day_and_not_beyond(story: Story, inside: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run_as(story.manager, story.leaver, story.receivers[:1], keep_until="2999-01-01")
    with acting_as(story.leaver):
        row = db.session.scalars(select(Customer).where(Customer.id == story.customers[0])).one()
        row.remark = "still mine?"
        with pytest.raises(RuleViolation):
            db.session.commit()
        db.session.rollback()
    share = db.session.scalars(select(Share).where(Share.staff_id == story.leaver, Share.row_id == story.customers[0])).one()
    assert (share.access, str(share.until)) == ("read", "2999-01-01")
    for day, reads in (("2999-01-01", True), ("2999-01-02", False)):
        monkeypatch.setattr(clock, "today", lambda day=day: date.fromisoformat(day))
        db.session.remove()
        with acting_as(story.leaver):
            found = db.session.scalars(select(Customer.id).where(Customer.id.in_(story.customers))).all()
        assert len(found) == (CUSTOMERS if reads else 0), day


def test_closing_ends_the_account_and_what_was_lent_to_it(story: Story, inside: Any) -> None:
    handover = run_as(story.manager, story.leaver, story.receivers, close="y")
    person = db.session.get_one(Staff, story.leaver)
    assert (person.active, handover.closed_account) == (False, True)
    assert person.session_epoch > 0
    lent = db.session.scalars(select(Share).where(Share.staff_id == story.leaver)).all()
    assert lent and all(share.revoked_batch == handover.number for share in lent)
    line = db.session.scalars(select(HistoryEntry).where(HistoryEntry.model == "Staff", HistoryEntry.batch == handover.number)).one()
    assert (line.field, line.old, line.new, line.way) == ("active", "1", "0", "handover")


def test_an_account_that_would_leave_work_behind_is_not_closed(story: Story, inside: Any) -> None:
    before = owners_of(Customer)
    with pytest.raises(RuleViolation, match="left behind"):
        run_as(story.manager, story.leaver, story.receivers, close="y", **{f"row-customer-owner_id-{story.customers[5]}": 0})
    db.session.remove()
    assert owners_of(Customer) == before
    assert db.session.get_one(Staff, story.leaver).active
    assert db.session.scalar(select(Handover.id)) is None


def test_undo_restores_what_nobody_touched_and_names_the_rest(story: Story, inside: Any) -> None:
    before = {model: owners_of(model) for model in (Customer, Contact, Activity, Contract, Ticket)}
    handover = run_as(story.manager, story.leaver, story.receivers, close="y")
    edited, worked = story.customers[10], story.customers[11]
    new_owner = owners_of(Customer)[edited][0]
    with acting_as(int(new_owner or 0), source="form"):
        db.session.scalars(select(Customer).where(Customer.id == edited)).one().remark = "Mine now"
        db.session.commit()
    with acting_as(int(owners_of(Customer)[worked][0] or 0), source="form"):
        activity = db.session.scalars(select(Activity).where(Activity.customer_id == worked).limit(1)).one()
        activity.result = "Read it"
        db.session.commit()
    with acting_as(story.manager, source="form"):
        done = undoing.undo(handover.id)
        assert (done.state, done.moved - done.restored) == ("partly", 2)
    outcomes = dict(db.session.execute(select(HandoverItem.row_id, HandoverItem.outcome).where(HandoverItem.outcome != "restored")).all())
    assert outcomes == {edited: "changed", worked: "worked_on"}
    for model, owners in before.items():
        kept = {edited, worked}
        column = model.__table__.c["id" if model is Customer else "customer_id"]
        root = dict(db.session.connection().execute(select(model.__table__.c.id, column)).all())
        now = owners_of(model)
        assert {i: o for i, o in now.items() if root[i] not in kept} == {i: o for i, o in owners.items() if root[i] not in kept}
    assert db.session.get_one(Staff, story.leaver).active
    with acting_as(story.manager, source="form"), pytest.raises(RuleViolation, match="already"):
        undoing.undo(handover.id)


def test_the_second_of_two_managers_gets_a_sentence(story: Story, inside: Any) -> None:
    with acting_as(story.admin, source="form") as viewer:
        holdings = holdings_for(viewer)
        plan = make_plan(holdings, story.leaver, story.receivers)
        _moves, seen = read_moves(holdings, plan, viewer)
    run_as(story.manager, story.leaver, story.receivers[:1])
    with acting_as(story.admin, source="form"), pytest.raises(RuleViolation, match="has changed since the preview"):
        moving.run(plan, holdings, seen)
    assert {owners_of(Customer)[row_id][0] for row_id in story.customers} == {story.receivers[0]}


def test_assigned_tickets_go_to_maintenance_by_their_head(story: Story, inside: Any, world: Any) -> None:
    with as_system("import"):
        from flask_appbuilder.security.sqla.models import Role

        head = db.session.get_one(Staff, world.people["service2"])
        head.roles = [db.session.scalars(select(Role).where(Role.name == "Head of maintenance")).one()]
        helper = db.session.get_one(Staff, world.people["service1"])
        other = db.session.scalars(select(Role).where(Role.name == "Maintenance")).one()
        third = db.session.get_one(Staff, world.people["nobody"])
        third.roles = [other]
        db.session.commit()
        leaver, receiver, manager = helper.id, third.id, head.id
    handover = run_as(manager, leaver, (receiver,), **{"way-ticket-assignee_id": "one"})
    assert handover.moved == len(story.tickets)
    table = Ticket.__table__.c
    rows = db.session.connection().execute(select(table.assignee_id, table.owner_id).where(table.id.in_(story.tickets)))
    assert {tuple(row) for row in rows} == {(receiver, story.leaver)}
