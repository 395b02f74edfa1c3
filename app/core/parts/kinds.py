"""The kinds of files that may be hung on a record: media type by extension, and the check of the content that a name must not belie.

Whatever a browser might run is not among them. Of pictures and PDFs the browser may show the content in place; all else is a download.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of Word and Excel up to 2003 and of Outlook's messages
ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
OFFICE = "application/vnd.openxmlformats-officedocument"
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")  # neither white space nor the escape of old printers
_HEADER = re.compile(rb"([!-9;-~]+):[ \t]?[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*(?:\r?\n|$)")
HEAD = 65_536  # bytes of a mail in which its header lines are looked for
MAIL_HEADERS = frozenset({b"from", b"to", b"date", b"subject", b"received", b"message-id", b"mime-version", b"return-path"})


@dataclass(frozen=True)
class Kind:
    """A kind of file: its media type, whether a content is of it, and whether browsers may show it in place."""

    media_type: str
    fits: Callable[[bytes], bool]
    is_shown: bool = False
    is_picture: bool = False


def begins(*beginnings: bytes) -> Callable[[bytes], bool]:
    """Return the check of the first bytes."""
    return lambda content: content.startswith(beginnings)


def is_plain_text(content: bytes) -> bool:
    """Tell whether bytes are a text in UTF-8 or GB 18030, the two that people here save; a text holds no control characters but blanks."""
    if _CONTROLS.search(content):
        return False
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def is_heic(content: bytes) -> bool:
    """Tell whether bytes begin as a picture of a phone does: a box `ftyp` with a brand of HEIF."""
    return content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS


def is_message(content: bytes) -> bool:
    """Tell whether bytes begin with the header lines of a mail, two of them such as every mail has, up to a blank line or the end."""
    head, place, names = content[:HEAD], 0, set[bytes]()
    while (found := _HEADER.match(head, place)) is not None:
        names.add(found[1].lower())
        place = found.end()
    is_whole = place >= len(head) or head.startswith((b"\n", b"\r\n"), place)
    return is_whole and len(names & MAIL_HEADERS) >= 2 and b"\x00" not in content


KINDS: dict[str, Kind] = {
    "pdf": Kind("application/pdf", begins(b"%PDF-"), is_shown=True),
    "png": Kind("image/png", begins(b"\x89PNG\r\n\x1a\n"), is_shown=True, is_picture=True),
    "jpg": Kind("image/jpeg", begins(b"\xff\xd8\xff"), is_shown=True, is_picture=True),
    "jpeg": Kind("image/jpeg", begins(b"\xff\xd8\xff"), is_shown=True, is_picture=True),
    "heic": Kind("image/heic", is_heic),
    "docx": Kind(f"{OFFICE}.wordprocessingml.document", begins(ZIP)),
    "xlsx": Kind(f"{OFFICE}.spreadsheetml.sheet", begins(ZIP)),
    "doc": Kind("application/msword", begins(OLE[:4])),
    "xls": Kind("application/vnd.ms-excel", begins(OLE[:4])),
    "msg": Kind("application/vnd.ms-outlook", begins(OLE)),
    "eml": Kind("message/rfc822", is_message),
    "txt": Kind("text/plain", is_plain_text),
    "csv": Kind("text/csv", is_plain_text),
    "zip": Kind("application/zip", begins(ZIP, EMPTY_ZIP)),
}
ACCEPTED = ",".join(f".{extension}" for extension in KINDS)  # as a file control names them


def find_kind(name: str) -> Kind | None:
    """Return the kind that a file's name says, by what follows its last dot; None for one that is not taken."""
    return KINDS.get(name.rsplit(".", 1)[-1].lower()) if "." in name else None
