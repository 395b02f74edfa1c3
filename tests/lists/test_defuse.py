"""No text of an export is live, whatever invisible signs stand before its formula; and no text loses a letter."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.lists.exports import FORMULA_SIGNS, defuse, write_csv

INVISIBLE = [
    " ", "\t", "\n", "\r", "\v", "\f", "\x00", "\x1f", "\x7f", "\x85", "\xa0", "\xad", "\u034f", "\u061c", "\u115f", "\u1680", "\u180e",
    "\u2003", "\u200b", "\u200d", "\u200f", "\u2028", "\u2029", "\u202e", "\u2060", "\u2066", "\u2800", "\u3000", "\u3164", "\ufe0f",
    "\ufeff", "\uffa0", "\U000e0020",
]  # fmt: skip
FEW = settings(max_examples=150, deadline=None, derandomize=True, database=None)


@pytest.mark.parametrize("sign", INVISIBLE, ids=lambda one: f"U+{ord(one):04X}")
@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1"])
def test_an_invisible_sign_hides_no_formula(sign: str, formula: str) -> None:
    for text in (sign + formula, sign * 3 + formula, f" {sign}{formula}"):
        assert defuse(text) == f"'{text}"


@FEW
@given(
    before=st.text(st.sampled_from(INVISIBLE), max_size=6),
    sign=st.sampled_from([sign for sign in FORMULA_SIGNS if not sign.isspace()]),
    after=st.text(max_size=10),
)
@example(before="", sign="=", after="")
def test_a_formula_behind_any_mixture_is_defused(before: str, sign: str, after: str) -> None:
    text = before + sign + after
    assert defuse(text) == f"'{text}"


@FEW
@given(text=st.text(max_size=20))
def test_a_text_keeps_every_letter_and_only_formulas_get_a_sign(text: str) -> None:
    made = defuse(text)
    assert made in (text, f"'{text}")
    first = next((one for one in text if unicodedata.category(one) not in ("Cc", "Cf", "Zs")), "")
    assert made != text or first not in FORMULA_SIGNS or not first


@pytest.mark.parametrize("text", ["", "x", "王芳", " x", "1 = 1", "a-b", "\u200b", "\xa0x", "“=”", "'=1"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert defuse(text) == text


def test_the_file_holds_what_was_defused() -> None:
    file = io.BytesIO()
    texts = [f"{sign}=1+1" for sign in INVISIBLE]
    assert write_csv(file, "", ["\xa0=head"], iter([[text] for text in texts])) == len(texts)
    rows = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))
    assert [row[0] for row in rows] == [f"'{text}" for text in ["\xa0=head", *texts]]
