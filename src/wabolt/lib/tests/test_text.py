"""Text: what is compared, what is cleaned, and formulas that stay text."""

import unicodedata
from collections.abc import Callable
from itertools import groupby, product

from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.lib.text import (
    ascii_digits,
    clean,
    escape_formula,
    fold,
    is_formula,
    means_nothing,
    normalise_keyword,
    slug,
    unescape_formula,
)


@each(
    "written",
    [
        "STOP",
        "stop",
        " Stop. ",
        "S.T.O.P!!",
        "s t o p",
        "STOP 🛑",
        "ｓｔｏｐ",
        "𝐒𝐓𝐎𝐏",
        "st\u200bop",
        "*STOP*",
        "“stop”",
        "stóp",
    ],
)
def test_a_stop_word_is_the_same_however_it_is_written(written: str) -> None:
    assert normalise_keyword(written) == "stop"


@each(
    ("written", "expected"),
    [
        ("Berhenti   Langganan!", "berhenti langganan"),
        ("berhenti-langganan", "berhenti langganan"),
        ("Jum'at", "jumat"),
        ("jangan stop", "jangan stop"),
        ("stopkontak", "stopkontak"),
        ("🙏🙏", ""),
        ("PROMO 2026", "promo 2026"),
        ("توقف", "توقف"),
    ],
)
def test_nothing_but_spelling_is_levelled(written: str, expected: str) -> None:
    assert normalise_keyword(written) == expected


@given(st.text())
def test_normalising_is_idempotent(text: str) -> None:
    for level in (clean, fold, normalise_keyword, slug):
        once = level(text)
        assert level(once) == once


@each(("level", "between"), product([clean, fold, ascii_digits, normalise_keyword, slug], ["", "\u200d", "\ufe0f"]))
def test_endless_marks_are_cut(level: Callable[[str], str], between: str) -> None:
    """Python sorts the marks of a run in quadratic time, so a chat message of marks would stop the intake."""
    marks = between.join(["\u0315", "\u0300", "\u0316"] * 1000)
    kept = groupby(level(f"Siti{marks} a"), lambda char: unicodedata.combining(char) > 0)
    assert all(len(list(run)) <= 30 for is_mark, run in kept if is_mark)
    assert level(level(f"e{marks}")) == level(f"e{marks}")
    assert level("Việt Nam नमस्ते") == level(unicodedata.normalize("NFD", "Việt Nam नमस्ते"))


@given(st.text())
def test_case_width_and_punctuation_never_matter(text: str) -> None:
    assert normalise_keyword(f" !{text}.. ") == normalise_keyword(text)
    assert normalise_keyword(unicodedata.normalize("NFKD", text)) == normalise_keyword(text)


@given(st.text())
def test_clean_text_has_no_hidden_characters(text: str) -> None:
    cleaned = clean(text)
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs"} for c in cleaned)
    assert cleaned == " ".join(cleaned.split())


@each(
    "text",
    ["=1+1", '=HYPERLINK("http://x")', "+1+1", "-1+1", "@SUM(A1)", "\t=1", " =1", "\n=1", "＝1", "−1", "+62-812", "-"],
)
def test_a_formula_is_seen_and_kept_as_text(text: str) -> None:
    assert is_formula(text)
    assert escape_formula(text) == "'" + text


@each("text", ["", "Ani", "+6281298948786", "-5", "-150.000,50", "0812", "a=b", "'halo", "O'Neil"])
def test_phones_numbers_and_words_are_left_alone(text: str) -> None:
    assert escape_formula(text) == text


@given(st.one_of(st.text(), st.text("'=+-@ \t1a", max_size=6)))
def test_an_escaped_text_is_harmless_and_comes_back_exactly(text: str) -> None:
    escaped = escape_formula(text)
    assert not is_formula(escaped)
    assert unescape_formula(escaped) == text


@each("text", ["", " ", "-", "N/A", "tidak ada", "TIDAK ADA", "#REF!", "(kosong)", "NULL", "\u200b"])
def test_means_nothing_accepts_placeholders(text: str) -> None:
    assert means_nothing(text)
    assert not means_nothing("Ani")
    assert not means_nothing("0")


def test_slug_makes_a_key() -> None:
    assert slug("Ukuran Baju (cm)") == "ukuran_baju_cm"
    assert slug("Crème brûlée") == "creme_brulee"
    assert slug("名前") == ""
