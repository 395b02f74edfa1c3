"""What may be hung on a record: a comment says something, a file is of a kind that no browser runs."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ..base.errors import RuleViolation
from .kinds import find_kind

MAX_SIZE = 20 * 1024 * 1024  # bytes

COMMENT_EMPTY = _l("Write a comment first.")
FILE_TYPE = _l("Attach a PDF, a picture (PNG, JPEG, HEIC), a Word, Excel, text, CSV or ZIP file, or a mail (EML, MSG).")
FILE_EMPTY = _l("The file is empty.")
FILE_SIZE = _l("The file is larger than 20 MB.")


def check_attachment(name: str, content: bytes) -> str:
    """Return the media type of an attachment; refuse other kinds, empty and oversized files, or a false extension."""
    kind = find_kind(name)
    if kind is None:
        raise RuleViolation(FILE_TYPE, "attachments")
    if not content:
        raise RuleViolation(FILE_EMPTY, "attachments")
    if len(content) > MAX_SIZE:
        raise RuleViolation(FILE_SIZE, "attachments")
    if not kind.fits(content):
        raise RuleViolation(FILE_TYPE, "attachments")
    return kind.media_type


def clean_name(name: str, longest: int) -> str:
    """Return the last part of a file's name without what cannot be printed; of a longer one the end is kept, for its extension."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[-longest:]
