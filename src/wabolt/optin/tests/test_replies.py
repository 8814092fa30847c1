"""The words around a code keep their meaning, also when the code holds the same letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.lib.random_codes import ALPHABET
from wabolt.optin.rules.codes import is_unlike_words, make_code
from wabolt.optin.rules.replies import is_yes, refuses, words_around

CODES = st.sampled_from((4, 6)).flatmap(
    lambda size: st.one_of(
        st.text(ALPHABET, min_size=size, max_size=size),
        st.builds(
            lambda word, rest: (word + rest)[:size], st.sampled_from(("YA", "GA", "N", "Y")),
            st.text(ALPHABET, min_size=size, max_size=size),
        ),
    )
).filter(is_unlike_words).map(make_code)  # fmt: skip
WORDS = ("ya", "y", "ga", "no", "tidak mau", "halo kak", "saya daftar")


@given(CODES, st.sampled_from(WORDS), st.integers(0, 7), st.booleans(), st.booleans())
def test_the_words_around_a_code_are_all_there(code: str, words: str, cut: int, is_first: bool, is_small: bool) -> None:
    """The code may be written in two parts."""
    written = f"#{code[:cut]} {code[cut:]}"
    text = f"{written} {words}" if is_first else f"{words} {written}"
    assert words_around(text.lower() if is_small else text, [code]) == words


def test_a_yes_and_a_no_that_are_letters_of_the_code_count() -> None:
    assert is_yes(words_around("ya #YAT5F4X3", ["YAT5F4X3"]))
    [code] = {make_code("GA2345")}
    assert refuses(f"ga #{code}", "Halo kak, saya mau ikut", [code])


@pytest.mark.parametrize("text", ["ya #YAT5F4X", "ya #YAT5F4XX3", "ya #YAT5F4Y3"])
def test_a_mistyped_code_is_no_word(text: str) -> None:
    assert is_yes(words_around(text, ["YAT5F4X3"]))
