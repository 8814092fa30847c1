"""Codes are found in edited messages and are never mistaken for another code."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.lib.random_codes import ALPHABET
from wabolt.optin.rules import codes
from wabolt.optin.rules.codes import codes_in, is_code, make_code, nearby_codes_in
from wabolt.optin.services.new_codes import new_form_code
from wabolt.optin.tests.edited_texts import far_apart, wrong_credits

datas = st.one_of(st.text(ALPHABET, min_size=4, max_size=4), st.text(ALPHABET, min_size=6, max_size=6))
made = datas.filter(codes.is_unlike_words).map(make_code)
new = datas.map(make_code).filter(codes.survives_an_error)
EMOJI = "🙏😊✨👍🏽❤️"
AROUND = [
    "Halo kak,",
    "saya mau gabung",
    "GAYA NUSANTARA",
    "kode:",
    "#",
    "promo2",
    "10%",
    "08123456789",
    *EMOJI,
    "\n",
    "ya",
]


@given(datas)
def test_a_made_code_is_a_code(data: str) -> None:
    assert is_code(make_code(data))


@given(made, st.data())
def test_one_or_two_wrong_characters_make_no_code(code: str, draw: st.DataObject) -> None:
    wrong = list(code)
    for at in draw.draw(st.sets(st.integers(0, len(code) - 1), min_size=1, max_size=2)):
        wrong[at] = draw.draw(st.sampled_from([char for char in ALPHABET if char != code[at]]))
    assert not is_code("".join(wrong))


@given(made, st.lists(st.sampled_from(AROUND), max_size=5), st.lists(st.sampled_from(AROUND), max_size=5), st.data())
def test_a_code_is_found_among_other_words(code: str, before: list[str], after: list[str], draw: st.DataObject) -> None:
    cut = draw.draw(st.integers(0, len(code)))
    gap = draw.draw(st.sampled_from(["", " ", "-", " - ", "."]))
    written = f"#{code[:cut]}{gap}{code[cut:]}"
    if draw.draw(st.booleans()):
        written = written.lower()
    assert code in codes_in(" ".join([*before, written, *after]))


@given(new, st.data())
def test_one_typing_error_leads_back_to_the_code(code: str, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(code) - 1))
    char = draw.draw(st.sampled_from(ALPHABET))
    edits = {
        "replaced": code[:at] + char + code[at + 1 :],
        "missing": code[:at] + code[at + 1 :],
        "added": code[:at] + char + code[at:],
        "exchanged": code[:at] + code[at : at + 2][::-1] + code[at + 2 :],
    }
    wrong = edits[draw.draw(st.sampled_from(sorted(edits)))]
    assert code in [*codes_in(f"JOIN {wrong}"), *nearby_codes_in(f"JOIN {wrong}")]


def test_a_code_that_a_typing_error_makes_a_word_is_not_given() -> None:
    assert is_code("KVK5VPSV")
    assert not codes.survives_an_error("KVK5VPSV")
    assert all(codes.survives_an_error(new_form_code()) for _code in range(50))


@pytest.mark.parametrize(
    "text", ["", "#", "JOIN", "halo kak mau tanya harga baju batik", "08123456789", "👍" * 500, "a" * 9999]
)
def test_ordinary_messages_hold_no_code(text: str) -> None:
    assert codes_in(text) == []


def test_edited_texts_never_credit_another_entry_point() -> None:
    """A sample of `benchmarks.b20_codes`, which reads a million texts. An exchange of neighbours is two edits."""
    draw = random.Random(7)
    assert list(wrong_credits(draw, far_apart(draw, 300), 15_000, most=1)) == []
    forms = [make_code("".join(draw.choices(ALPHABET, k=6))) for _form in range(5_000)]
    assert list(wrong_credits(draw, forms, 5_000, most=2)) == []
