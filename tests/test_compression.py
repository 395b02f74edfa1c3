"""What is compressed, for whom, and what a cache may keep."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from flask import Flask

from app.core.web.sessions import RENEW_AFTER, WRITTEN

GZIP = {"Accept-Encoding": "gzip, deflate, br"}
FILE = "/static/ui/app.css"


def test_a_page_goes_out_compressed_and_is_the_same_page(sign_in: Any) -> None:
    browser = sign_in("south1")
    plain, packed = browser.get("/customers/"), browser.get("/customers/", headers=GZIP | {"Sec-Fetch-Site": "same-origin"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
    text = gzip.decompress(packed.data).decode()
    assert "south1 Signed Ltd" in text
    assert text.rstrip().endswith("</html>")
    for answer in (plain, packed):
        assert {"Accept-Encoding", "Cookie"} <= set(answer.vary)


@pytest.mark.parametrize("headers", [{}, {"Accept-Encoding": "gzip;q=0"}, {"Accept-Encoding": "br"}])
def test_who_does_not_read_gzip_gets_plain_answers(sign_in: Any, headers: dict[str, str]) -> None:
    browser = sign_in("south1")
    for path in ("/customers/", FILE):
        assert "Content-Encoding" not in browser.get(path, headers=headers, buffered=True).headers, path


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_that_another_site_asks_for_is_not_compressed(sign_in: Any, site: str) -> None:
    """Its length would tell that site what it guesses (BREACH)."""
    answer = sign_in("south1").get("/customers/?q=guess", headers=GZIP | {"Sec-Fetch-Site": site})
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers


def test_a_browser_on_https_that_does_not_name_the_asker_gets_the_plain_page(sign_in: Any) -> None:
    browser = sign_in("south1")
    assert browser.get("/customers/", headers=GZIP).headers.get("Content-Encoding") == "gzip"
    assert "Content-Encoding" not in browser.get("/customers/", headers=GZIP, base_url="https://localhost").headers


def test_a_file_is_compressed_keeps_its_tag_and_answers_304(stranger: Any) -> None:
    plain = stranger.get(FILE, buffered=True)
    for _turn in range(2):  # made, then taken from memory
        packed = stranger.get(FILE, headers=GZIP, buffered=True)
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == plain.data
        assert int(packed.headers["Content-Length"]) == len(packed.data)
        assert "Accept-Encoding" in packed.vary
    assert packed.get_etag() == (plain.get_etag()[0], True)
    assert stranger.get(FILE, headers=GZIP | {"If-None-Match": packed.headers["ETag"]}, buffered=True).status_code == 304
    part = stranger.get(FILE, headers=GZIP | {"Range": "bytes=0-99"}, buffered=True)
    assert (part.status_code, part.data, part.headers.get("Content-Encoding")) == (206, plain.data[:100], None)


def test_files_that_caches_may_share_carry_no_session(app: Flask, sign_in: Any) -> None:
    browser = sign_in("south1")
    answer = browser.get(f"{FILE}?v=1", headers=GZIP, buffered=True)
    assert "public" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.vary
    with browser.client.session_transaction() as session:
        session[WRITTEN] -= RENEW_AFTER  # so that it is due
    assert "Set-Cookie" not in browser.get(f"{FILE}?v=1", headers=GZIP, buffered=True).headers
    assert "Set-Cookie" in browser.get("/customers/").headers  # a page renews it
