"""What is stored of a text and what is compared: settled, blind to what nobody sees, and wary of letters that look alike."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.base import texts
from app.core.base.texts import clean, clean_narrow, identity_key, is_plain_name

INVISIBLE = [
    "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\ufe0f", "\U000e0100", "\u202e", "\u2066", "\u0000", "\u007f",
    "\u115f", "\u1160", "\u3164", "\uffa0", "\u034f", "\u180e", "\u061c",
]  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from([*INVISIBLE, "\u0301", "é", "ß", "ﬁ", "İ", "Ａ", "\u3000", "Σ"]))


@given(TEXTS)
def test_normalising_again_changes_nothing(text: str) -> None:
    for step in (clean, clean_narrow, identity_key):
        assert step(step(text)) == step(text)


@given(TEXTS)
def test_what_is_stored_has_the_key_of_what_was_typed(text: str) -> None:
    assert identity_key(clean(text)) == identity_key(text) == identity_key(clean_narrow(text))


@given(TEXTS)
def test_composing_and_widening_do_not_count(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert identity_key(unicodedata.normalize(form, text)) == identity_key(text)


@given(st.text(st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x24F)), st.sampled_from(INVISIBLE), st.integers(0, 20))
def test_capitals_and_what_is_invisible_do_not_count(text: str, letter: str, place: int) -> None:
    assert identity_key(text.upper().lower()) == identity_key(text.lower())
    assert identity_key(text[:place] + letter + text[place:]) == identity_key(text)


@given(TEXTS)
def test_a_key_has_no_blanks_at_its_ends_and_nothing_invisible(text: str) -> None:
    key = identity_key(text)
    assert key == key.strip() and "  " not in key
    assert not any(unicodedata.category(letter) in ("Cf", "Cc") for letter in key)


@pytest.mark.parametrize(
    "spelling",
    [
        "SALES1",
        "Sales1",
        "ｓａｌｅｓ１",
        " sales1 ",
        "sales1\u3000",
        "\u00a0sales1",
        "sa\u200bles1",
        "sales\u00ad1",
        "𝓼𝓪𝓵𝓮𝓼𝟏",
        "ｓａ\ufe00les1",
        "sales1\u2800",
    ],
)
def test_spellings_of_one_name(spelling: str) -> None:
    assert identity_key(spelling) == "sales1"


@pytest.mark.parametrize(
    ("text", "stored"), [("  王 芳 ", "王 芳"), ("Rene\u0301", "René"), ("a\u200bb", "ab"), ("a\r\nb", "a b"), ("Ａ", "Ａ"), ("", "")]
)
def test_what_is_stored(text: str, stored: str) -> None:
    assert clean(text) == stored


@pytest.mark.parametrize(
    "name",
    [
        "admin",
        "王芳",
        "王芳A",
        "カタカナー王A",
        "김철수 Kim",
        "админ",
        "Αθήνα",
        "sales-1_2.x@y",
        "Head of maintenance",
        "ｓａｌｅｓ",
        "René",
        "",
    ],
)
def test_names_of_one_alphabet(name: str) -> None:
    assert is_plain_name(name)


@pytest.mark.parametrize("name", ["Аdmin", "аdmin", "sаles1", "αdmin", "admiո", "王Аdmin", "한글あ", "ⲁdmin", "ꓮdmin", "Ꭺdmin"])
def test_names_of_mixed_or_odd_alphabets(name: str) -> None:
    assert not is_plain_name(name)


@given(st.text(st.characters(max_codepoint=0x7E)))
def test_the_short_way_of_plain_texts_ends_where_the_long_one_does(text: str) -> None:
    assert clean(text) == texts._clean_any(text)
