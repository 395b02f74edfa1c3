"""After a refusal, or a sign-in that came between, every way on leads to a page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.core.base.urls import find_page

from ..factories import World

HREF = re.compile(r'href="(/[^"#]*)"')


def refuse(browser: Any, path: str, **fields: str) -> Any:
    answer = browser.post(path, fields)
    assert answer.status_code in (409, 422), answer.status_code
    return answer


@pytest.mark.parametrize(
    ("where", "fields"),
    [
        ("compose", {"kind": "activity:1", "text": "asked", "next_step": "call"}),
        ("inline/next", {"part": "", "row_version": "1", "next_step": "call", "next_step_on": "someday"}),
        ("inline/contact", {"part": "new", "row_version": "1", "name": ""}),
        ("inline/next", {"part": "", "row_version": "99", "next_step": "call", "next_step_on": "2026-12-24"}),
    ],
)
def test_every_link_of_a_refused_form_s_page_opens(sign_in: Any, world: World, where: str, fields: dict[str, str]) -> None:
    browser = sign_in("south1")
    answer = refuse(browser, f"/customers/{where}/{world.lead['south1']}", **fields)
    links = {link.replace("&amp;", "&") for link in HREF.findall(answer.text) if not link.startswith("/static/")}
    assert any("show=history" in link for link in links)
    assert {link: status for link in sorted(links) if (status := browser.get(link).status_code) not in (200, 302)} == {}


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/customers/compose/{pk}", "/customers/show/{pk}"),
        ("/customers/inline/next/{pk}", "/customers/show/{pk}"),
        ("/customers/delete/{pk}", "/customers/show/{pk}"),
        ("/customers/action_post", "/customers/"),
        ("/customers/show/{pk}?show=history", "/customers/show/{pk}?show=history"),
        ("/nowhere", "/nowhere"),
        ("/ok\r\nX: y", "/"),
        ("/a\nb", "/"),
        ("http://[", "/"),
        ("//elsewhere.example/", "/"),
    ],
)
def test_a_sign_in_goes_on_to_a_page(app: Flask, stranger: Any, world: World, target: str, leads_to: str) -> None:
    pk = world.lead["south1"]
    token = stranger.token()
    form = {"csrf_token": token, "username": "south1", "password": "south1-south1"}
    answer = stranger.client.post("/login/", query_string={"next": target.format(pk=pk)}, data=form)
    assert answer.status_code == 302
    assert answer.headers["Location"] == leads_to.format(pk=pk)
    again = stranger.get("/login/", query_string={"next": target.format(pk=pk)})
    assert (again.status_code, again.headers["Location"]) == (302, leads_to.format(pk=pk))


def test_of_every_address_that_takes_no_get_one_goes_on_to_a_page(desk: Flask) -> None:
    adapter, asked = desk.url_map.bind(""), 0
    for rule in desk.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            continue
        path = re.sub(r"<(?:\w+:)?\w+>", "1", rule.rule)
        with desk.test_request_context("/login/"):
            page = find_page(path)
        assert adapter.match(page, method="GET"), (path, page)
        asked += 1
    assert asked > 40
