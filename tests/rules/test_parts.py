"""What may be hung on a record, as truth tables."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.parts import rules
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
