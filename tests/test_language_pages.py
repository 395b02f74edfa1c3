"""Every page of the URL map, in both languages: no page shows a word of the other one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Group
from sqlalchemy import select

from app.activities.models import Activity
from app.contracts.models import Contract, ContractAttachment
from app.core.access.viewer import as_system
from app.core.web.web import SENTENCES, answer_error
from app.customers.models import Customer
from app.extensions import db
from app.staff.models import Department
from app.tickets.models import Ticket, TicketComment

from .conftest import Browser
from .factories import World, make_staff
from .language_crawl import LANGUAGES, TAGS, Data, find_faults, find_foreign, list_addresses, read_page, say, switch

PEOPLE = ["chief", "south1", "boss_south", "service1", "director", "it", "nobody", "fresh"]


@pytest.fixture
def full(app: Flask, world: World) -> Data:
    """Return the company's own words, after giving it one of everything that a page can show."""
    with app.app_context(), as_system("import"):
        south = db.session.get(Customer, world.signed["south1"])
        contract = db.session.get(Contract, world.contract["south1"])
        ticket = db.session.get(Ticket, world.ticket["south1"])
        assert south is not None and contract is not None and ticket is not None
        content = b"%PDF-1.4 a page"
        db.session.add(ContractAttachment(record_id=contract.id, root_id=south.id, name="scan.pdf", media_type="", size=len(content),
                                  sha256="0" * 64, content=content))  # fmt: skip
        db.session.add(TicketComment(record_id=ticket.id, root_id=south.id, text="Plugged in"))
        ticket.status = "in_progress"
        activity = db.session.get(Activity, world.activity["north1"])
        assert activity is not None
        activity.withdrawn_at, activity.withdrawn_reason = datetime(2026, 1, 2, 3, 4), "wrong company"
        db.session.add(Group(name="crew", label="Crew", description="Night crew", roles=[], users=[]))
        head = db.session.scalars(select(Department)).first()
        make_staff("fresh", ["Salesperson"], head)
        db.session.commit()
        db.session.get(Contract, world.contract["north1"]).status = "void"  # type: ignore[union-attr]
        db.session.get(Contract, world.contract["north1"]).status_reason = "typed twice"  # type: ignore[union-attr]
        db.session.commit()
        return Data.read()


@pytest.mark.whole_desk
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("username", PEOPLE)
def test_every_page_is_in_the_readers_language(app: Flask, full: Data, sign_in: Any, username: str, language: str) -> None:
    browser = sign_in(username)
    switch(browser, language)
    faults: list[str] = []
    opened = 0
    for _endpoint, path in list_addresses(app, rows=9 if username == "chief" else 2):
        answer = browser.get(path)
        assert answer.status_code in (200, 302, 403, 404), path
        opened += answer.status_code == 200
        faults += find_faults(answer, language, full, path)
    assert opened > (60 if username == "chief" else 2)
    assert not faults, say(faults)


@pytest.mark.whole_desk
@pytest.mark.parametrize("language", LANGUAGES)
def test_lists_and_pickers_that_find_nothing_say_so_in_the_readers_language(app: Flask, full: Data, sign_in: Any, language: str) -> None:
    browser = sign_in("chief")
    switch(browser, language)
    faults: list[str] = []
    for endpoint, path in list_addresses(app):
        if endpoint.endswith((".list", ".lookup")):
            faults += find_faults(browser.get(f"{path}{'&' if '?' in path else '?'}q=0000"), language, full, path)
    faults += find_faults(browser.get("/lookup/signed-customers?q=south1 Lead Ltd"), language, full, "not signed")
    for query in ("status=1&stage=lead&follow_up_from=2026-01-01", "entered_to=2020-01-01", "sort=name&page=2"):
        faults += find_faults(browser.get(f"/customers/?{query}"), language, full, query)
    assert not faults, say(faults)


@pytest.mark.whole_desk
@pytest.mark.parametrize("language", LANGUAGES)
def test_forms_sent_empty_or_wrong_answer_in_the_readers_language(app: Flask, full: Data, sign_in: Any, language: str) -> None:
    browser = sign_in("chief")
    switch(browser, language)
    faults: list[str] = []
    refused = 0
    wrong = dict.fromkeys(WRONG_FIELDS, "x")
    token = browser.token()
    for endpoint, path in list_addresses(app, "POST", rows=1):
        if endpoint.endswith((".add", ".edit", ".password")):
            for body in ({}, wrong):
                answer = browser.client.post(path, data={"csrf_token": token, **body})
                refused += answer.status_code in (422, 409)
                faults += find_faults(answer, language, full, path)
    assert refused > 30
    assert not faults, say(faults)


WRONG_FIELDS = [
    "status", "customer", "kind", "happened_at", "contact", "next_step_on", "next_step_at",
    "amount", "currency", "signed_on", "start_on", "end_on",
    "credit_code", "website", "owner", "email", "username", "hours", "position", "stage", "tone", "pattern", "year", "list_code",
    "priority", "category", "assignee", "contract", "renews", "department", "parent", "roles", "permissions", "ended_on", "contacts-0-mail",
]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("zh", {"此字段必填。", "日期无效。", "请填写 1 到 8,760 之间的整数。", "请填写客户名称。"}),
        (
            "en",
            {
                "This field is needed.",
                "This is not a day of the calendar.",
                "Enter a whole number from 1 to 8,760.",
                "Enter the customer's name.",
            },
        ),
    ],
)
def test_what_the_forms_say_is_in_the_readers_language(sign_in: Any, language: str, sentences: set[str]) -> None:
    browser = sign_in("chief")
    switch(browser, language)
    words: set[str] = set()
    for path, body in (("/priorities/add", {}), ("/priorities/add", {"hours": "x"}), ("/customers/add", {"next_step_on": "x"})):
        answer = browser.post(path, body)
        assert answer.status_code == 422
        words |= set(read_page(answer.text, TAGS[language])[1])
    assert sentences - words == set()


@pytest.mark.whole_desk
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.slow
def test_actions_answer_in_the_readers_language(app: Flask, full: Data, sign_in: Any, language: str) -> None:
    browser = sign_in("chief")
    switch(browser, language)
    faults: list[str] = []
    token = browser.token()
    for endpoint, path in list_addresses(app, "POST", rows=2):
        if endpoint.endswith((".add", ".edit", ".password", ".login", ".logout", ".switch", ".reset", ".action")):
            continue
        for body in ({}, {"move": "resolve"}, {"move": "void"}, {"withdrawn_reason": "x", "status": "1"}):
            answer = browser.client.post(path, data={"csrf_token": token, **body}, follow_redirects=True)
            faults += find_faults(answer, language, full, path)
    assert not faults, say(faults)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", sorted(SENTENCES))
def test_error_pages_are_in_the_readers_language(app: Flask, full: Data, status: int, language: str) -> None:
    for path in ("/x", "/api/v1/x"):
        with app.test_request_context(path, headers={"Accept-Language": language}):
            page = app.make_response(answer_error(status))
        assert page.status_code == status
        assert find_faults(page, language, full, path) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_refusals_on_the_way_are_in_the_readers_language(app: Flask, full: Data, world: World, sign_in: Any, language: str) -> None:
    browser, stranger = sign_in("south1"), Browser(app)
    switch(browser, language)
    switch(stranger, language)
    edit = f"/customers/edit/{world.signed['south1']}"
    answers = {
        403: browser.get("/staff/"),
        404: browser.get(f"/customers/show/{world.signed['north1']}"),
        400: browser.client.post(edit, data={"name": "no token"}),
        405: browser.get("/logout/"),
        409: browser.post(edit, {"name": "9999", "status": "4", "row_version": "0"}),
        422: browser.post(edit, {"name": "", "row_version": "1"}),
        401: stranger.post("/login/", {"username": "south1", "password": "wrong"}),
    }
    for _turn in range(30):
        answers[429] = stranger.post("/login/", {"username": "south1", "password": "wrong"})
    answers[422 + 1000] = stranger.post("/login/", {"username": "", "password": ""})
    faults = [fault for answer in answers.values() for fault in find_faults(answer, language, full, answer.request.path)]
    assert {code: answer.status_code for code, answer in answers.items() if code < 1000} == {code: code for code in answers if code < 1000}
    assert not faults, say(faults)


def test_the_crawl_sees_a_word_that_is_not_translated() -> None:
    body = '<p title="Due">合同 <b lang="en">In English</b> HT2026000001 saved</p>'
    page = f'<html lang="zh-CN"><body data-t-none="No matches">{body}</body></html>'
    tag, words = read_page(page, "zh-CN")
    assert tag == "zh-CN"
    assert find_foreign(words, "zh", Data()) == ["No matches", "Due", "HT2026000001 saved"]
    assert find_foreign(["合同 saved", "saved"], "en", Data()) == ["合同 saved"]
