"""What may be hung on a record: a comment says something, a file is of a kind that no browser runs."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ..base.errors import RuleViolation

MAX_SIZE = 10 * 1024 * 1024  # bytes
# Whatever a browser might run is not in the list. Media type and first bytes, by extension.
KINDS: dict[str, tuple[str, bytes]] = {
    "pdf": ("application/pdf", b"%PDF-"),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
    "doc": ("application/msword", b"\xd0\xcf\x11\xe0"),
    "xls": ("application/vnd.ms-excel", b"\xd0\xcf\x11\xe0"),
}

COMMENT_EMPTY = _l("Write a comment first.")
FILE_TYPE = _l("Attach a PDF, a picture (PNG, JPEG), or a Word or Excel file.")
FILE_EMPTY = _l("The file is empty.")
FILE_SIZE = _l("The file is larger than 10 MB.")


def check_attachment(name: str, content: bytes) -> str:
    """Return the media type of an attachment; refuse other kinds, empty and oversized files, or a false extension."""
    kind = KINDS.get(name.rsplit(".", 1)[-1].lower()) if "." in name else None
    if kind is None:
        raise RuleViolation(FILE_TYPE, "attachments")
    media_type, beginning = kind
    if not content:
        raise RuleViolation(FILE_EMPTY, "attachments")
    if len(content) > MAX_SIZE:
        raise RuleViolation(FILE_SIZE, "attachments")
    if not content.startswith(beginning):
        raise RuleViolation(FILE_TYPE, "attachments")
    return media_type


def clean_name(name: str, longest: int) -> str:
    """Return the last part of a file's name without what cannot be printed; of a longer one the end is kept, for its extension."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[-longest:]
