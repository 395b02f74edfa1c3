"""Files of contracts: which kinds and sizes are taken, what they are called, and the row that keeps one."""

from __future__ import annotations

import hashlib

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage

from ..core.base.errors import RuleViolation
from ..extensions import db
from .models import Attachment, Contract

MAX_SIZE = 10 * 1024 * 1024  # bytes
MAX_NAME = 200  # letters; of a longer name the end is kept, for its extension
# What a contract is made of; whatever a browser might run is not in the list. Media type and first bytes, by extension.
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


def read_upload(sent: FileStorage | None) -> tuple[str, bytes]:
    """Return name and content of a file that a form sends, read no further than to see that it is too large; empty when none is sent."""
    return (sent.filename or "", sent.stream.read(MAX_SIZE + 1)) if sent is not None else ("", b"")


def clean_name(name: str) -> str:
    """Return the last part of a file's name without what cannot be printed."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[-MAX_NAME:]


def add_attachment(contract: Contract, name: str, content: bytes) -> Attachment:
    """Add a file to a contract, to be committed by the caller; the gate checks it and finds its media type."""
    attachment = Attachment(
        contract_id=contract.id, customer_id=contract.customer_id, name=clean_name(name), media_type="", size=len(content),
        sha256=hashlib.sha256(content).hexdigest(), content=content,
    )  # fmt: skip
    db.session.add(attachment)
    return attachment
