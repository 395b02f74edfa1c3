"""The one place that normalises texts and compares what identifies: user names, roles, entries of lists, views.

*Cleaned* is what is stored; the *identity key* is what is compared. Invisible letters are in neither.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import regex

# Format and control characters, soft hyphens, joiners, variation selectors, Hangul fillers: nothing that a reader sees.
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]")
# Every kind of blank, line ends among them; the empty Braille cell is a letter by its category and a blank by its look.
_BLANKS = regex.compile(r"[\s\p{White_Space}\x1c-\x1f\u2800]+")
_CONTROL_BLANKS = regex.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029\u2800]+")

# UAX 31, table 5: the scripts recommended for identifiers. A name in any other is refused.
_SCRIPTS = (
    "Arabic Armenian Bengali Bopomofo Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Han Hangul Hebrew Hiragana "
    "Kannada Katakana Khmer Lao Latin Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan"
).split()
# UTS 39, 5.2: what may stand together beyond one script; these three hold Japanese, Chinese and Korean beside Latin.
_TOGETHER = ("Latin Han Hiragana Katakana", "Latin Han Bopomofo", "Latin Han Hangul")


def _allow(scripts: str) -> str:
    return "[" + "".join(rf"\p{{scx={script}}}" for script in (*scripts.split(), "Common", "Inherited")) + "]*"


_PLAIN = regex.compile("|".join(_allow(scripts) for scripts in (*_SCRIPTS, *_TOGETHER)))


def _settle(text: str, step: Callable[[str], str]) -> str:
    """Repeat a step until it changes nothing: what it takes out may bring letters together that combine."""
    while (after := step(text)) != text:
        text = after
    return text


def _clean_any(text: str) -> str:
    return _settle(text, lambda found: unicodedata.normalize("NFC", _INVISIBLE.sub("", _CONTROL_BLANKS.sub(" ", found))).strip())


def clean(text: str) -> str:
    """Return the text as it is stored: composed (NFC), trimmed, in one line, without invisible letters."""
    # Printable ASCII, most of what is typed, can be wrong in no other way than by blanks at its ends.
    return text.strip() if text.isascii() and text.isprintable() else _clean_any(text)


def clean_narrow(text: str) -> str:
    """Return the text cleaned, and its full-width, ligature and other compatibility forms made plain (NFKC)."""
    return _settle(text, lambda found: clean(unicodedata.normalize("NFKC", found)))


def identity_key(text: str) -> str:
    """Return what is compared of a text that identifies: the same for two that differ in case, width, blanks or what is invisible.

    The Turkish letters without and with a dot are an i: a name that is told apart by that dot alone is read as the other one.
    """

    def step(found: str) -> str:
        folded = unicodedata.normalize("NFKC", found).casefold().replace("i\u0307", "i").replace("ı", "i")
        return _INVISIBLE.sub("", _BLANKS.sub(" ", folded)).strip()

    return _settle(text, step)


def is_plain_name(text: str) -> bool:
    """Tell whether a name keeps to one script, or to Latin with Chinese, Japanese or Korean (UTS 39, “highly restrictive”).

    Digits, punctuation and what else all scripts share do not count.
    """
    return _PLAIN.fullmatch(unicodedata.normalize("NFKC", text)) is not None
