"""Refuse requests that no parser and no text column can take, before anything of them is used."""

from __future__ import annotations

import json
import re

import prison
from flask import abort, request
from flask_babel import lazy_gettext as _l

DAY_BAD = _l("This is not a day of the calendar.")
_NUL = re.compile(r"\\u0000")


def refuse_unreadable() -> None:
    """Answer 400 to NUL characters, lone surrogates, nesting too deep to parse and broken Rison."""
    for values in (request.args, request.form):
        for key, value in values.items(multi=True):
            if not is_text(key) or not is_text(value):
                abort(400)
    if request.is_json and not _is_clean_json():
        abort(400)
    if request.path.startswith("/api/") and request.args.get("q") and not _is_rison(request.args["q"]):
        abort(400)


def parse_id(text: str | None, *, digits: int = 9) -> int | None:
    """Return the whole number that a text from outside writes in plain digits; None for any other, and for one of more digits.

    Nine digits are what an id's column takes. The one reader of ids and page numbers in addresses and forms.
    """
    text = text or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


def is_text(value: str) -> bool:
    """Tell whether both databases can store this text."""
    if "\x00" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_clean_json() -> bool:
    try:
        body = request.get_json(silent=True)
        plain = json.dumps(body, ensure_ascii=False)
    except RecursionError:
        return False
    return is_text(plain) and not _NUL.search(plain.replace("\\\\", ""))


def _is_rison(text: str) -> bool:
    try:
        prison.loads(text)
    except (prison.decoder.ParserException, ValueError, TypeError, IndexError, KeyError, RecursionError):
        return False
    return True
