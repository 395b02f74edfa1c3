"""The screens: choose, divide, preview, run, undo, what one received, the sheet; in both languages and by every kind of person."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.access.viewer import as_system
from app.extensions import db
from app.handover.models import Handover

from ..conftest import Browser
from ..language_crawl import Data, find_faults, say, switch
from .conftest import CUSTOMERS, Story

OWNER = "customer-owner_id"


def start(story: Story, **more: Any) -> dict[str, Any]:
    """Return the fields that the form of the second page sends."""
    return {"leaver": story.leaver, "to": list(story.receivers), f"way-{OWNER}": "even", **more}


def preview(browser: Browser, fields: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the preview page and the fields that its button sends."""
    page = browser.post("/handover/preview", fields)
    found = re.search(r'name="seen" value="(\w+)"', page.text)
    return page, {**fields, "seen": found.group(1) if found else ""}


def run(browser: Browser, fields: dict[str, Any]) -> int:
    """Preview and run; return the handover's id."""
    _page, sent = preview(browser, fields)
    answer = browser.post("/handover/run", sent)
    assert answer.status_code == 302, answer.text
    return int(answer.location.rsplit("/", 1)[-1])


def edit(browser: Browser, row_id: int, **fields: Any) -> Any:
    """Save a customer's form with its present version."""
    found = re.search(r'name="row_version" value="(\d+)"', browser.get(f"/customers/edit/{row_id}").text)
    return browser.post(f"/customers/edit/{row_id}", {**fields, "row_version": found.group(1) if found else ""})


def test_a_manager_goes_from_the_list_to_the_result(story: Story, sign_in: Any) -> None:
    manager = sign_in("boss_south")
    assert "/handover/add" in manager.get("/handover/").text
    first = manager.get("/handover/add").text
    assert "Take1 Test" in first and "North1 Test" not in first and "Boss_South Test" in first
    to = "".join(f"&to={one}" for one in story.receivers)
    page = manager.get(f"/handover/plan?leaver={story.leaver}{to}").text
    for words in ("Hand over from South1 Test", "Activities 901", "Contracts 41", "By region", "Leaver 000", "Next steps"):
        assert words in page, words
    shown, sent = preview(manager, start(story, note="Look after them"))
    assert shown.text.count("Leaver ") >= CUSTOMERS and "Look after them" in shown.text
    done = manager.post("/handover/run", sent)
    record = manager.get(done.location).text
    assert "HO2026" in record and "Take1 Test: " in record and "Look after them" in record


def test_what_a_form_leaves_out_or_gets_wrong_is_said_and_kept(story: Story, sign_in: Any, world: Any) -> None:
    manager = sign_in("boss_south")
    cases = [
        ({"leaver": ""}, "Choose who leaves"),
        ({"leaver": world.people["north1"]}, "Choose who leaves"),
        ({"leaver": world.people["boss_south"]}, "Choose who leaves"),
        ({"to": []}, "Choose at least one active colleague"),
        ({"to": [world.people["north1"]], f"way-{OWNER}": "one"}, "Choose colleagues within your reach."),
        ({"to": [story.leaver], f"way-{OWNER}": "one"}, "cannot take over"),
        ({f"way-{OWNER}": "none"}, "Nothing is chosen to be handed over"),
        ({"keep_until": "2001-01-01"}, "Choose a day from today on"),
        ({"keep_until": "soon"}, "not a day of the calendar"),
        ({"keep_until": "2999-01-01", "close": "y"}, "Choose one of the two"),
    ]
    for change, sentence in cases:
        page = manager.post("/handover/preview", {**start(story, note="Typed with care"), **change})
        assert page.status_code == 422, change
        assert sentence in page.text, change
        if "leaver" not in change and "to" not in change:
            assert "Typed with care" in page.text, change


def test_what_changed_since_the_preview_is_not_moved(story: Story, sign_in: Any, app: Flask) -> None:
    manager = sign_in("boss_south")
    _page, sent = preview(manager, start(story))
    assert edit(manager, story.customers[-1], name="Given", status="1", owner=story.receivers[0]).status_code == 302
    answer = manager.post("/handover/run", sent)
    assert answer.status_code == 422 and "has changed since the preview" in answer.text
    with app.app_context():
        assert db.session.connection().execute(select(Handover.__table__.c.id)).first() is None


def test_rows_chosen_in_the_list_go_to_someone_else_by_the_same_engine(story: Story, sign_in: Any) -> None:
    manager, chosen = sign_in("boss_south"), list(story.customers[:3])
    assert 'formaction="/handover/reassign"' in manager.get("/customers/").text
    assert 'formaction="/handover/reassign"' not in sign_in("south1").get("/customers/").text
    page = manager.post("/handover/reassign", {"module": "Customers", "rowid": chosen}).text
    assert "Leaver 001" in page and "Take2 Test" in page
    fields = {"kind": "reassign", "rowid": chosen, "to": story.receivers[1], f"way-{OWNER}": "one"}
    pk = run(manager, fields)
    record = manager.get(f"/handover/show/{pk}").text
    assert "Reassignment" in record and "Take2 Test: 3" in record
    receiver = sign_in("take2")
    assert receiver.get(f"/customers/show/{chosen[0]}").status_code == 200
    assert sign_in("south1").get(f"/customers/show/{chosen[0]}").status_code == 404


def test_the_receiver_reads_and_prints_what_they_got_and_nothing_else(story: Story, sign_in: Any) -> None:
    manager = sign_in("boss_south")
    second = story.customers[1]
    fields = start(story, **{f"way-{OWNER}": "one", f"row-{OWNER}-{second}": story.receivers[1], "note": "For you"})
    pk = run(manager, fields)
    receiver = sign_in("take1")
    notices = receiver.get("/notices/").text
    assert "Boss_South Test handed work over to you" in notices
    link = re.search(r'action="(/notices/open/\d+)">.*?Boss_South Test handed', notices)
    assert link and receiver.post(link.group(1)).location.endswith(f"/handover/received/{pk}")
    page = receiver.get(f"/handover/received/{pk}").text
    assert "Leaver 000" in page and "Leaver 001" not in page and "For you" in page
    sheet = receiver.get(f"/handover/sheet/{pk}").text
    assert "Leaver 000 contact" in sheet and "Called Leaver 000" in sheet and "Leaver 001 contact" not in sheet
    assert sheet.count("<article") == CUSTOMERS + 2  # with those of the small company, without the one given to the other
    assert [sign_in("south2").get(f"/handover/{page}/{pk}").status_code for page in ("received", "sheet")] == [404, 404]
    assert sign_in("take2").get(f"/handover/received/{pk}").text.count("Leaver ") == 1


def test_undo_on_the_page_says_what_stays_and_why(story: Story, sign_in: Any) -> None:
    manager = sign_in("boss_south")
    pk = run(manager, start(story, **{f"way-{OWNER}": "one"}))
    receiver = sign_in("take1")
    for row_id in story.customers[:2]:
        assert edit(receiver, row_id, name=f"Mine {row_id}", status="4").status_code == 302
    back = manager.post(f"/handover/undo/{pk}", follow_redirects=True).text
    assert "2 stay where they are" in back and back.count("stays: changed since") == 2
    assert "Partly undone" in back
    assert "undone already" in manager.post(f"/handover/undo/{pk}", follow_redirects=True).text


def test_the_leaver_of_a_closed_account_is_signed_out_and_offered_nowhere(story: Story, sign_in: Any, stranger: Browser) -> None:
    manager, leaver = sign_in("boss_south"), sign_in("south1")
    run(manager, start(story, close="y"))
    assert leaver.get("/customers/").status_code == 302
    answer = stranger.post("/login/", {"username": "south1", "password": "south1-south1"})
    assert answer.status_code != 302
    assert manager.get("/lookup/staff?q=south1").json["results"] == []
    assert [entry["id"] for entry in manager.get("/lookup/leavers?q=south1").json["results"]] == [story.leaver]
    answer = edit(manager, story.customers[0], name="X", status="4", owner=story.leaver)
    assert answer.status_code == 422 and "This account is closed" in answer.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_speaks_the_readers_language(story: Story, sign_in: Any, app: Flask, language: str) -> None:
    manager = sign_in("boss_south")
    with app.app_context(), as_system("import"):
        data = Data.read()
    switch(manager, language)
    to = "".join(f"&to={one}" for one in story.receivers)
    faults = find_faults(manager.get(f"/handover/plan?leaver={story.leaver}{to}"), language, data, "plan")
    fields = start(story, close="y", **{f"way-{OWNER}": "region_id"})
    faults += find_faults(preview(manager, fields)[0], language, data, "preview")
    faults += find_faults(manager.post("/handover/preview", {**fields, "keep_until": "2001-01-01"}), language, data, "refused")
    faults += find_faults(
        manager.post("/handover/reassign", {"module": "Customers", "rowid": list(story.customers[:2])}), language, data, "reassign"
    )
    pk = run(manager, fields)
    faults += find_faults(manager.get(f"/handover/show/{pk}"), language, data, "show")
    faults += find_faults(manager.get(f"/handover/sheet/{pk}"), language, data, "sheet")
    receiver = sign_in("take1")
    switch(receiver, language)
    faults += find_faults(receiver.get(f"/handover/received/{pk}"), language, data, "received")
    faults += find_faults(receiver.get("/notices/"), language, data, "notices")
    faults += find_faults(manager.post(f"/handover/undo/{pk}", follow_redirects=True), language, data, "undone")
    assert not faults, say(faults)
