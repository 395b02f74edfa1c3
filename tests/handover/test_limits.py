"""How far a handover, a reassignment and an undo go: kind by kind, at the time, and never by the widest of several reaches."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select, update

from app.core.access.viewer import as_system
from app.core.base import clock
from app.customers.models import Customer
from app.extensions import db
from app.staff.models import Staff
from app.tickets.models import Ticket

from ..conftest import Browser
from ..factories import World
from ..snapshots import list_changes, take_snapshot

OWNER, ASSIGNEE = "way-customer-owner_id", "way-ticket-assignee_id"
ENGLISH = {"Accept-Language": "en"}


def give_roles(app: Flask, username: str, *names: str) -> None:
    """Give a person these roles instead of theirs."""
    with app.app_context(), as_system("import"):
        person = db.session.scalars(select(Staff).where(Staff.username == username)).one()
        person.roles = list(db.session.scalars(select(Role).where(Role.name.in_(names))))
        db.session.commit()


def ask(browser: Browser, **fields: Any) -> tuple[Any, Any]:
    """Preview and run; returns both answers."""
    page = browser.post("/handover/preview", fields, headers=ENGLISH)
    seen = re.search(r'name="seen" value="(\w+)"', page.text)
    return page, browser.post("/handover/run", {**fields, "seen": seen[1] if seen else ""}, headers=ENGLISH)


def read_owner(app: Flask, customer_id: int) -> int | None:
    """Return who owns a customer."""
    with app.app_context(), as_system():
        return db.session.scalar(select(Customer.owner_id).where(Customer.id == customer_id))


def undo(browser: Browser, done: Any) -> str:
    """Undo the handover that this answer led to; returns what the page says then."""
    number = done.location.rsplit("/", 1)[-1]
    return str(browser.post(f"/handover/undo/{number}", follow_redirects=True, headers=ENGLISH).text)


def test_a_wide_reach_over_tickets_gives_no_customers_out_of_the_tree(app: Flask, world: World, sign_in: Any) -> None:
    give_roles(app, "boss_south", "Regional manager", "Head of maintenance")
    browser, before = sign_in("boss_south"), take_snapshot(app, "customer", "handover", "history")
    wanted = {"leaver": world.people["south1"], "to": world.people["north1"], OWNER: "one"}
    page, answer = ask(browser, **wanted)
    assert (page.status_code, answer.status_code) == (422, 422)
    assert "Choose colleagues within your reach." in page.text
    assert list_changes(before, take_snapshot(app, "customer", "handover", "history")) == {}
    assert ask(browser, **wanted | {"to": world.people["south2"]})[1].status_code == 302


def test_a_wide_reach_over_tickets_closes_no_account_out_of_the_tree(app: Flask, world: World, sign_in: Any) -> None:
    give_roles(app, "boss_south", "Regional manager", "Head of maintenance")
    with app.app_context(), as_system("import"):
        db.session.get_one(Ticket, world.ticket["north1"]).assignee_id = world.people["service1"]
        db.session.commit()
    browser = sign_in("boss_south")
    wanted = {"leaver": world.people["service1"], "to": world.people["service2"], ASSIGNEE: "one"}
    page, answer = ask(browser, **wanted, close="y")
    assert answer.status_code in (403, 422) and "cannot close the account" in page.text
    with app.app_context(), as_system():
        assert db.session.get_one(Staff, world.people["service1"]).active
        assert db.session.get_one(Ticket, world.ticket["north1"]).assignee_id == world.people["service1"]
    done = ask(browser, **wanted)[1]  # the tickets themselves are theirs to give
    assert browser.get(done.location).status_code == 200  # and who gave them can open the handover, and take it back
    assert "restored" in undo(browser, done)
    with app.app_context(), as_system():
        assert db.session.get_one(Ticket, world.ticket["north1"]).assignee_id == world.people["service1"]


def test_who_could_not_close_an_account_does_not_open_it_by_an_undo(app: Flask, world: World, sign_in: Any) -> None:
    give_roles(app, "selling_boss", "Salesperson", "Admin")
    chief, boss, leaver = sign_in("chief"), sign_in("boss_south"), world.people["selling_boss"]
    with app.app_context(), as_system("import"):
        db.session.get_one(Customer, world.lead["south1"]).owner_id = leaver
        db.session.commit()
    done = ask(chief, leaver=leaver, to=world.people["south2"], close="y", **{OWNER: "one"})[1]
    assert done.status_code == 302
    said = undo(boss, done)
    assert "Only an administrator can change an administrator" in html.unescape(said)
    with app.app_context(), as_system():
        assert not db.session.get_one(Staff, leaver).active
    assert read_owner(app, world.lead["south1"]) == world.people["south2"]
    assert "restored" in undo(chief, done)


def test_nobody_takes_back_rows_that_are_out_of_their_reach_now(app: Flask, world: World, sign_in: Any) -> None:
    chief, boss = sign_in("chief"), sign_in("boss_south")
    done = ask(chief, leaver=world.people["south1"], to=world.people["north1"], **{OWNER: "one"})[1]
    before = take_snapshot(app, "customer", "handover", "handover_item", "share")
    assert "outside your reach by now" in undo(boss, done)
    assert list_changes(before, take_snapshot(app, "customer", "handover", "handover_item", "share")) == {}
    assert "restored" in undo(chief, done)  # the refused attempt used nothing up
    assert read_owner(app, world.signed["south1"]) == world.people["south1"]


def test_nobody_gives_rows_back_to_people_who_left_their_reach(app: Flask, world: World, sign_in: Any) -> None:
    boss = sign_in("boss_south")
    done = ask(boss, leaver=world.people["south1"], to=world.people["south2"], **{OWNER: "one"})[1]
    with app.app_context(), as_system("import"):
        north = db.session.get_one(Staff, world.people["north1"]).department_id
        db.session.get_one(Staff, world.people["south1"]).department_id = north
        db.session.commit()
    assert "outside your reach by now" in undo(boss, done)
    assert read_owner(app, world.signed["south1"]) == world.people["south2"]


def test_rows_chosen_in_a_list_get_an_owner_and_nothing_else(app: Flask, world: World, sign_in: Any) -> None:
    """Closed and deleted tickets keep their assignee, whatever is posted as chosen."""
    ids, table = [world.ticket["south1"], world.ticket["north1"]], Ticket.__table__
    with app.app_context(), as_system("import"), db.engine.begin() as connection:
        connection.execute(update(table).where(table.c.id == ids[0]).values(status="closed", assignee_id=world.people["service1"]))
        connection.execute(update(table).where(table.c.id == ids[1]).values(deleted_at=clock.now(), assignee_id=world.people["service1"]))
    give_roles(app, "service2", "Head of maintenance")
    before = take_snapshot(app, "ticket", "handover")
    page, answer = ask(sign_in("service2"), kind="reassign", rowid=ids, to=world.people["service2"], **{ASSIGNEE: "one"})
    assert (page.status_code, answer.status_code) == (422, 422)
    assert list_changes(before, take_snapshot(app, "ticket", "handover")) == {}


def test_a_deleted_customer_is_not_given_to_someone_else(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system("import"):
        db.session.delete(db.session.get_one(Customer, world.lead["south1"]))
        db.session.commit()
    page, answer = ask(sign_in("boss_south"), kind="reassign", rowid=world.lead["south1"], to=world.people["south2"], **{OWNER: "one"})
    assert (page.status_code, answer.status_code) == (422, 422)


def test_a_reassignment_lends_nothing_to_nobody(app: Flask, world: World, sign_in: Any) -> None:
    wanted = {"kind": "reassign", "rowid": world.signed["south1"], "to": world.people["south2"], OWNER: "one", "keep_until": "2999-01-01"}
    before = take_snapshot(app, "share")
    assert ask(sign_in("boss_south"), **wanted)[1].status_code == 302
    assert read_owner(app, world.signed["south1"]) == world.people["south2"]
    assert list_changes(before, take_snapshot(app, "share")) == {}


@pytest.mark.parametrize("taken", [(), ("Contracts",), ("Contracts", "Tickets", "Activities")])
def test_what_goes_along_is_counted_for_those_who_have_its_screen(app: Flask, world: World, sign_in: Any, taken: tuple[str, ...]) -> None:
    with app.app_context(), as_system("import"):
        role = db.session.scalars(select(Role).where(Role.name == "Regional manager")).one()
        role.permissions = [grant for grant in role.permissions if grant.view_menu.name not in taken]
        db.session.commit()
    browser = sign_in("boss_south")
    plan = browser.get(f"/handover/plan?leaver={world.people['south1']}&to={world.people['south2']}", headers=ENGLISH)
    preview = ask(browser, leaver=world.people["south1"], to=world.people["south2"], **{OWNER: "one"})[0]
    main = [page.text.split("<main", 1)[1] for page in (plan, preview)]
    for name in ("Contracts", "Tickets", "Activities"):
        assert all((name in text) is (name not in taken) for text in main), name


def test_who_hands_over_tickets_alone_reads_no_customers_in_a_handover(app: Flask, world: World, sign_in: Any) -> None:
    done = ask(sign_in("chief"), leaver=world.people["south1"], to=world.people["south2"], **{OWNER: "one"})[1]
    give_roles(app, "service2", "Head of maintenance")
    browser = sign_in("service2")
    assert browser.get("/customers/").status_code == 403
    page = browser.get(done.location)
    assert "south1 Signed" not in page.text and "south1 Lead" not in page.text
    assert "south1 Signed" in sign_in("south2").get(done.location.replace("show", "received")).text


def test_a_receiver_is_told_that_it_was_taken_back(app: Flask, world: World, sign_in: Any) -> None:
    boss, receiver = sign_in("boss_south"), sign_in("south2")
    done = ask(boss, leaver=world.people["south1"], to=world.people["south2"], **{OWNER: "one"})[1]
    assert "restored" in undo(boss, done)
    assert "took a handover to you back" in receiver.get("/notices/", headers=ENGLISH).text
    page = receiver.get(done.location.replace("show", "received"), headers=ENGLISH).text
    assert "took this handover back on" in page


def test_the_result_counts_what_the_preview_counted(app: Flask, world: World, sign_in: Any) -> None:
    boss = sign_in("boss_south")
    page, answer = ask(boss, leaver=world.people["south1"], to=world.people["south2"], **{OWNER: "one"})
    along = sum(int(number) for number in re.findall(r"(?:Activities|Contracts|Tickets) (\d+)", page.text.split("<main", 1)[1]))
    assert along > 0
    assert f"{along} with them" in boss.get(answer.location, headers=ENGLISH).text


def test_who_would_get_nothing_is_named_in_the_preview(world: World, sign_in: Any) -> None:
    boss = sign_in("boss_south")
    both = [world.people["south2"], world.people["selling_boss"]]
    page, _answer = ask(boss, leaver=world.people["south1"], to=both, **{OWNER: "one"})
    assert "By these rules nothing goes to:" in page.text
    assert "By these rules nothing goes to:" not in ask(boss, leaver=world.people["south1"], to=both, **{OWNER: "even"})[0].text


def test_a_reassignment_is_to_nobody_until_somebody_is_chosen(world: World, sign_in: Any) -> None:
    boss = sign_in("boss_south")
    page = boss.post("/handover/reassign", {"module": "Customers", "rowid": world.signed["south1"]}, headers=ENGLISH)
    assert re.search(r'<select[^>]*name="to" required><option value="">', page.text)
    preview = ask(boss, kind="reassign", rowid=world.signed["south1"], to=world.people["south2"], **{OWNER: "one"})[0]
    assert 'href="/customers/">Cancel</a>' in preview.text
