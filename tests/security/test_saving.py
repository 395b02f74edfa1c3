"""Nobody overwrites a colleague unseen, and a form sent twice makes one record."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.access.viewer import as_system
from app.core.forms.pages import FormPages
from app.core.writes import gate, resending
from app.customers.models import Customer
from app.extensions import db

from ..conftest import Browser, RestClient
from ..factories import World, find_status


def read_field(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    tag = next(part for part in page.split("<input") if f'name="{name}"' in part)
    return tag.split('value="')[1].split('"')[0]


def read_customer(app: Flask, key: int) -> Customer:
    """Return a customer as the database has it."""
    with app.app_context(), as_system("import"):
        row = db.session.get_one(Customer, key)
        db.session.expunge(row)
        return row


def count_named(app: Flask, name: str) -> int:
    """Return how many customers have this name."""
    with app.app_context(), as_system("import"):
        return db.session.scalar(select(func.count()).select_from(Customer).where(Customer.name == name)) or 0


def save_second(app: Flask, world: World) -> Any:
    """Let two people open a form and save one after the other; return the second answer."""
    key = world.signed["south1"]
    first, second = Browser(app).sign_in("south1"), Browser(app).sign_in("boss_south")
    pages = [browser.get(f"/customers/edit/{key}").text for browser in (first, second)]
    status = read_customer(app, key).status_id
    answers = []
    for browser, page, remark in ((first, pages[0], "First was here"), (second, pages[1], "Second was here")):
        fields = {"name": "south1 Signed Ltd", "status": status, "remark": remark, "row_version": read_field(page, "row_version")}
        answers.append(browser.post(f"/customers/edit/{key}", fields))
    assert answers[0].status_code == 302
    return answers[1]


def test_the_second_of_two_editors_sees_both_values_and_overwrites_nothing(app: Flask, world: World) -> None:
    answer = save_second(app, world)
    assert answer.status_code == 409
    assert "First was here" in answer.text and "Second was here" in answer.text
    assert read_customer(app, world.signed["south1"]).remark == "First was here"


def test_saving_again_after_the_comparison_counts(app: Flask, world: World) -> None:
    answer, key = save_second(app, world), world.signed["south1"]
    status, version = read_customer(app, key).status_id, read_field(answer.text, "row_version")
    fields = {"name": "south1 Signed Ltd", "status": status, "remark": "Second, knowingly", "row_version": version}
    assert Browser(app).sign_in("boss_south").post(f"/customers/edit/{key}", fields).status_code == 302
    assert read_customer(app, key).remark == "Second, knowingly"


def test_a_silent_overwrite_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FormPages, "_find_conflict", lambda self, form, item: None)
    assert save_second(app, world).status_code == 302
    assert read_customer(app, world.signed["south1"]).remark == "Second was here"


def test_rest_refuses_an_old_version(app: Flask, world: World) -> None:
    client, key = RestClient(app, "south1"), world.signed["south1"]
    version = client.send("GET", f"customers/{key}").json["result"]["row_version"]
    assert client.send("PUT", f"customers/{key}", {"remark": "one", "row_version": version}).status_code == 200
    assert client.send("PUT", f"customers/{key}", {"remark": "two", "row_version": version}).status_code == 409
    assert read_customer(app, key).remark == "one"


def write_meanwhile(app: Flask, key: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a colleague's commit land between the next reading of the customer and its writing."""
    real, done = gate.check_write, []

    def check(session: Any, *rest: Any) -> None:
        if not done and any(isinstance(row, Customer) for row in session.dirty):
            done.append(1)
            for row in session.dirty:
                if isinstance(row, Customer):  # what a colleague's commit makes of our version
                    from sqlalchemy.orm.attributes import set_committed_value

                    set_committed_value(row, "row_version", row.row_version - 1)
        real(session, *rest)

    from sqlalchemy import event

    event.listen(db.session, "before_flush", check)
    monkeypatch.setattr(gate, "_test_listener", check, raising=False)


@pytest.fixture
def colleague(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make a colleague's commit land between reading and writing, for the length of the test."""
    from sqlalchemy import event

    write_meanwhile(app, world.signed["south1"], monkeypatch)
    yield
    event.remove(db.session, "before_flush", gate._test_listener)  # type: ignore[attr-defined]


def test_a_commit_in_between_is_found_by_the_screen(app: Flask, world: World, sign_in: Any, colleague: Any) -> None:
    key = world.signed["south1"]
    browser = sign_in("south1")
    before = read_customer(app, key)
    fields = {"name": before.name, "status": before.status_id, "remark": "mine", "row_version": before.row_version}
    assert browser.post(f"/customers/edit/{key}", fields).status_code == 409
    assert read_customer(app, key).remark == ""


def test_a_commit_in_between_is_found_by_rest(app: Flask, world: World, rest: Any, colleague: Any) -> None:
    key = world.signed["south1"]
    assert rest("south1").send("PUT", f"customers/{key}", {"remark": "mine"}).status_code == 409
    assert read_customer(app, key).remark == ""


def send_twice(app: Flask) -> list[int]:
    """Send the same new-customer form twice, one after the other; return the answers."""
    browser = Browser(app).sign_in("south1")
    token = read_field(browser.get("/customers/add").text, "form_token")
    return [browser.post("/customers/add", new_customer(app, token)).status_code for _ in range(2)]


def new_customer(app: Flask, token: str) -> dict[str, Any]:
    """Return the fields of a new customer."""
    with app.app_context():
        status = find_status("lead").id
    return {"name": "Twice Ltd", "status": status, "form_token": token}


def test_a_form_sent_twice_makes_one_record(app: Flask, world: World) -> None:
    assert send_twice(app) == [302, 302]
    assert count_named(app, "Twice Ltd") == 1


def test_a_second_record_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resending, "read_key", lambda: None)
    send_twice(app)
    assert count_named(app, "Twice Ltd") == 2


def test_a_form_sent_twice_at_once_makes_one_record(workers: list[Flask], world: World) -> None:
    browsers = [Browser(desk) for desk in workers]
    browsers[0].sign_in("south1")
    token = read_field(browsers[0].get("/customers/add").text, "form_token")
    csrf, fields, start = browsers[0].token(), new_customer(workers[0], token), Barrier(4)
    cookie = browsers[0].client.get_cookie("countersign").value

    def send(desk: Flask) -> int:
        client = desk.test_client()
        client.set_cookie("countersign", cookie)
        start.wait(10)
        return client.post("/customers/add", data={"csrf_token": csrf, **fields}).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, workers))
    assert 302 in answers and set(answers) <= {302, 409, 422}
    assert count_named(workers[0], "Twice Ltd") == 1


def test_another_person_cannot_use_up_a_form(app: Flask, world: World) -> None:
    first, second = Browser(app).sign_in("south1"), Browser(app).sign_in("south2")
    token = read_field(first.get("/customers/add").text, "form_token")
    mine = first.post("/customers/add", new_customer(app, token)).location
    theirs = second.post("/customers/add", new_customer(app, token)).location
    assert mine != theirs and count_named(app, "Twice Ltd") == 2
    assert second.get(mine).status_code == 404


def test_many_saves_without_a_look_at_a_page_do_not_sign_out(app: Flask, world: World) -> None:
    browser = Browser(app).sign_in("south1")
    with app.app_context():
        status = find_status("lead").id
    for turn in range(30):
        name = f"{turn} {'long name ' * 12}Ltd"
        assert browser.post("/customers/add", {"name": name, "status": status}).status_code == 302
    assert len(browser.client.get_cookie("countersign").value) < 4_000
    page = browser.get("/customers/").text
    assert "29 long name" in page and page.count('role="status"') < 15
