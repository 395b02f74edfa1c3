"""What may be hung on a record, as truth tables."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.parts import rules
from app.core.parts.kinds import KINDS
from app.core.parts.models import Comment

from .said import hear, hear_field

PDF = b"%PDF-1.7\n"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("A.B.PDF", PDF, "application/pdf"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.docx", b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.pdf", b"", rules.FILE_EMPTY),
        ("a.pdf", b"<script>", rules.FILE_TYPE),
        ("a.png", PDF, rules.FILE_TYPE),
        ("a.html", b"<p>", rules.FILE_TYPE),
        ("a.svg", b"<svg>", rules.FILE_TYPE),
        ("pdf", PDF, rules.FILE_TYPE),
        ("a.pdf.exe", PDF, rules.FILE_TYPE),
        ("a.pdf", PDF.ljust(rules.MAX_SIZE, b" "), "application/pdf"),
        ("a.pdf", PDF.ljust(rules.MAX_SIZE + 1, b" "), rules.FILE_SIZE),
    ],
    ids=range(13),
)
def test_attachments(name: str, content: bytes, said: Any) -> None:
    heard = hear(rules.check_attachment, name, content)
    assert rules.check_attachment(name, content) == said if isinstance(said, str) else heard == (said, "attachments")


MAIL = b"From: a@example.com\r\nSubject: =?utf-8?b?5oql5Lu3?=\r\n\tgoes on\r\n\r\nHello"
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"
RIGHT = {  # each kind's extension, a content of it, its media type
    "pdf": (PDF, "application/pdf"), "png": (b"\x89PNG\r\n\x1a\n...", "image/png"), "jpeg": (b"\xff\xd8\xff\xe1", "image/jpeg"),
    "heic": (HEIC, "image/heic"), "zip": (b"PK\x03\x04...", "application/zip"), "msg": (OLE, "application/vnd.ms-outlook"),
    "eml": (MAIL, "message/rfc822"), "txt": ("报价 100".encode("gb18030"), "text/plain"), "csv": ("\ufeff名,价\n".encode(), "text/csv"),
}  # fmt: skip
BINARY = ("pdf", "png", "jpeg", "heic", "zip", "msg", "eml")  # which no other kind's content is
FOREIGN = {"runs": b"MZ\x90\x00\x03", "page": b"<!doctype html><script>alert(1)</script>", "elf": b"\x7fELF\x02\x01\x01\x00"}


@pytest.mark.parametrize("kind", RIGHT)
def test_a_file_of_each_kind_is_taken_as_what_it_is(kind: str) -> None:
    content, media_type = RIGHT[kind]
    for name in (f"a.{kind}", f"A.{kind.upper()}", f"a.exe.{kind}", f".{kind}"):
        assert rules.check_attachment(name, content) == media_type


@pytest.mark.parametrize("kind", RIGHT)
def test_what_is_renamed_empty_or_too_big_is_refused(kind: str) -> None:
    content = RIGHT[kind][0]
    wrong = [*FOREIGN.values(), *(RIGHT[other][0] for other in BINARY if other != kind)]
    if kind in ("txt", "csv"):  # a page or a mail is a text too, and no browser is ever told otherwise
        wrong = [one for one in wrong if b"\x00" in one or one.startswith((b"\xff", b"\x89", b"\xd0"))]
    for one in wrong:
        assert hear(rules.check_attachment, f"a.{kind}", one) == (rules.FILE_TYPE, "attachments"), one[:20]
    for name in (f"a.{kind}.exe", f"a.{kind}.html", f"a.{kind} ", f"a.{kind}.", f"a{kind}"):
        assert hear(rules.check_attachment, name, content) == (rules.FILE_TYPE, "attachments"), name
    assert hear(rules.check_attachment, f"a.{kind}", b"") == (rules.FILE_EMPTY, "attachments")
    filled = content.ljust(rules.MAX_SIZE + 1, b" ")
    assert hear(rules.check_attachment, f"a.{kind}", filled) == (rules.FILE_SIZE, "attachments")
    assert rules.check_attachment(f"a.{kind}", filled[:-1]) == RIGHT[kind][1]


@pytest.mark.parametrize(
    ("content", "is_mail"),
    [
        (MAIL, True),
        (b"Received: by x\nDate: today\n", True),
        (b"Subject: alone\n\nHello", False),
        (b"From: a@example.com\r\nSubject: x\r\nno header\r\n\r\n", False),
        (b"Dear all,\nFrom: a\nTo: b\n\n", False),
        (b"From: a\nTo: b\n\n\x00", False),
        (b"<html>From: a</html>", False),
        (b"", False),
    ],
)
def test_a_mail_begins_with_its_header_lines(content: bytes, is_mail: bool) -> None:
    assert KINDS["eml"].fits(content) is is_mail


@pytest.mark.parametrize(
    ("content", "is_text"),
    [
        ("价格".encode(), True),
        ("价格".encode("gb18030"), True),
        (b"plain", True),
        (b"a\x00b", False),
        (b"\xff\xfea\x00", False),
        (b"\x81", False),
    ],
)
def test_a_text_is_utf8_or_gb18030(content: bytes, is_text: bool) -> None:
    assert KINDS["txt"].fits(content) is KINDS["csv"].fits(content) is is_text


def test_only_what_no_browser_runs_is_shown_in_place() -> None:
    assert {name for name, kind in KINDS.items() if kind.is_shown} == {"pdf", "png", "jpg", "jpeg"}
    assert {name for name, kind in KINDS.items() if kind.is_picture} == {"png", "jpg", "jpeg"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("offer.pdf", "offer.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\a\\b.pdf", "b.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("a\u202efdp.pdf", "afdp.pdf"),
        ("合同.pdf", "合同.pdf"),
        ("x" * 500 + ".pdf", "x" * 196 + ".pdf"),
        ("", ""),
    ],
)
def test_what_a_file_is_called(sent: str, kept: str) -> None:
    assert rules.clean_name(sent, 200) == kept


@pytest.mark.parametrize(("text", "is_taken"), [("Looked at it", True), (" x ", True), ("", False), ("  \n", False), (None, False)])
def test_comments(text: str | None, is_taken: bool) -> None:
    assert hear_field(Comment, "text", text) == (None if is_taken else (rules.COMMENT_EMPTY, "text"))
