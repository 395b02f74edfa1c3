"""How wide a text is about, and where it is broken or cut to fit a box: a server has no browser to ask.

Widths are shares of the size of type, for the faces of `tokens.css`; generous rather than exact, so that nothing runs out of its box.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import regex

WIDE, CAPITAL, NARROW, OTHER = 1.0, 0.78, 0.4, 0.66
CUT = "…"
_NARROW = frozenset("iIjlftr.,:;'|!()[] -")
_LETTERS = regex.compile(r"\X")  # what a reader counts as one letter, with its accents or joined signs
_SCRIPTS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}"  # a line may end after any letter of these
_OPEN, _CLOSE = r"\p{Ps}\p{Pi}", r"\p{Po}\p{Pe}\p{Pf}"
# Blanks, or one letter of those scripts, or a word; signs that open or close stay with what is after or before them.
_PIECES = regex.compile(rf"\s+|[{_OPEN}]*(?:[{_SCRIPTS}]|[^\s{_SCRIPTS}{_OPEN}]+|)[{_CLOSE}]*")


def _advance(letter: str) -> float:
    first = letter[0]
    if unicodedata.east_asian_width(first) in "WFA":  # the ambiguous ones, such as “…”, are wide in a Chinese face
        return WIDE
    if unicodedata.category(first) in ("Mn", "Me", "Cf", "Cc"):
        return 0.0
    if first in _NARROW:
        return NARROW
    return CAPITAL if first.isupper() or first in "mwMW%@" else OTHER


def measure(text: str, size: float) -> float:
    """Return about how wide a text is at a size of type, in the unit of the size."""
    return size * sum(_advance(letter) for letter in _LETTERS.findall(text))


def cut(text: str, size: float, width: float) -> str:
    """Return a text as it is where it fits into the width, else its beginning and “…”."""
    if measure(text, size) <= width:
        return text
    room, kept = width - measure(CUT, size), ""
    for letter in _LETTERS.findall(text):
        room -= size * _advance(letter)
        if room < 0:
            break
        kept += letter
    return kept.rstrip() + CUT


def wrap(text: str, size: float, width: float, most: int) -> tuple[str, ...]:
    """Return a text in lines that fit into the width, `most` of them; what does not fit into the last is cut."""
    lines = [""]
    for piece in _break(text, size, width):
        if measure(lines[-1] + piece.rstrip(), size) <= width:
            lines[-1] += piece
        else:
            lines.append(piece)
    lines = [line.strip() for line in lines if line.strip()]
    if len(lines) > most:
        lines[most - 1 :] = [cut(lines[most - 1] + CUT, size, width)]
    return tuple(lines)


def _break(text: str, size: float, width: float) -> Iterator[str]:
    """Yield the pieces of a text between which a line may end; a piece wider than the line comes in letters."""
    for piece in _PIECES.findall(" ".join(text.split())):
        if measure(piece, size) <= width:
            yield piece
        else:
            yield from _LETTERS.findall(piece)
