"""The bell: who is told of what, and that it is one's own."""

from __future__ import annotations

import re
from typing import Any

import pytest


def read_bell(page: str) -> int:
    """Return the number on the bell, 0 when there is none."""
    mark = 'class="btn-icon bell"'
    if mark not in page:
        return 0
    rest = page[page.index(mark) :]
    count = re.search(r'<span class="count[^>]*>(\d+)<', rest)
    return int(count[1]) if count else 0


def test_an_assigned_ticket_rings_for_its_assignee_alone(sign_in: Any, world: Any) -> None:
    boss, worker, other = sign_in("chief"), sign_in("service1"), sign_in("service2")
    pk = world.ticket["south1"]
    form = {"subject": "Down", "priority": "1", "customer": world.signed["south1"], "row_version": "1"}
    assert boss.post(f"/tickets/edit/{pk}", {**form, "assignee": world.people["service1"]}).status_code == 302
    assert [read_bell(person.get("/tickets/").text) for person in (worker, other, boss)] == [1, 0, 0]
    assert "Chief Test assigned" in worker.get("/notices/").text
    assert "Chief Test assigned" not in other.get("/notices/").text


def test_a_customer_given_and_one_shared_ring_until_read(sign_in: Any, world: Any) -> None:
    boss, taker = sign_in("chief"), sign_in("south2")
    form = {"name": "south1 Lead Ltd", "status": "1", "owner": world.people["south2"], "row_version": "1"}
    assert boss.post(f"/customers/edit/{world.lead['south1']}", form).status_code == 302
    boss.post(f"/customers/share/{world.signed['south1']}", {"staff": world.people["south2"], "access": "read"})
    assert read_bell(taker.get("/").text) == 2
    page = taker.get("/notices/").text
    assert "Chief Test gave south1 Lead Ltd to you" in page and "Chief Test shares south1 Signed Ltd with you" in page
    assert taker.post("/notices/read").status_code == 302
    assert read_bell(taker.get("/").text) == 0
    assert "gave south1 Lead Ltd" in taker.get("/notices/").text


def list_links(page: str) -> list[str]:
    """Return the addresses of the notices, newest first."""
    return re.findall(r'action="(/notices/open/\d+)"', page)


def test_opening_a_notice_marks_it_alone_as_read(sign_in: Any, world: Any) -> None:
    boss, taker, other = sign_in("chief"), sign_in("south2"), sign_in("north1")
    for name in ("south1", "north1"):
        boss.post(f"/customers/share/{world.signed[name]}", {"staff": world.people["south2"], "access": "full"})
    page = taker.get("/notices/").text
    assert read_bell(page) == 2 and page.count('<span class="st st-blue">Unread</span>') == 2
    link = list_links(page)[0]
    assert other.post(link).status_code == 404
    assert taker.get(link).status_code == 405  # nothing changes by a GET
    assert read_bell(taker.get("/").text) == 2
    for _turn in range(2):
        answer = taker.post(link)
        assert answer.status_code == 302 and answer.location.endswith(f"/customers/show/{world.signed['north1']}")
        page = taker.get("/notices/").text
        assert read_bell(page) == 1 and page.count("Unread") == 1 and list_links(page)[0] == link


@pytest.mark.parametrize("odd", ["0", "-1", "abc", "１", "99999999999999999999", "1.0"])
def test_an_odd_notice_is_not_found(sign_in: Any, odd: str) -> None:
    assert sign_in("south2").post(f"/notices/open/{odd}").status_code == 404


def test_nobody_is_told_of_their_own_doing(sign_in: Any, world: Any) -> None:
    worker = sign_in("service1")
    worker.post("/tickets/action_post", {"action": "take", "rowid": [world.ticket["south1"]]})
    assert read_bell(worker.get("/").text) == 0


@pytest.mark.parametrize("path", ["/notices/", "/notices/read", "/notices/open/1"])
def test_strangers_are_asked_to_sign_in(stranger: Any, path: str) -> None:
    answer = stranger.get(path) if path.endswith("s/") else stranger.post(path)
    assert answer.status_code == 302 and "/login/" in answer.location
