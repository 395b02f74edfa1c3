"""The shortest way through the desk."""

from __future__ import annotations

from typing import Any

import pytest

PAGES = ["/", "/customers/", "/activities/", "/contracts/", "/tickets/", "/staff/", "/roles/", "/numbers/", "/profile/"]


@pytest.mark.parametrize("path", PAGES)
def test_admin_opens_every_main_page(sign_in: Any, path: str) -> None:
    assert sign_in("chief").get(path).status_code == 200


def test_health_tells_the_truth(stranger: Any) -> None:
    answer = stranger.get("/health")
    assert (answer.status_code, answer.json) == (200, {"status": "ok", "database": "ok"})


def test_a_salesperson_sees_own_customers_only(sign_in: Any) -> None:
    page = sign_in("south1").get("/customers/").text
    assert "south1 Signed Ltd" in page
    assert "north1" not in page
