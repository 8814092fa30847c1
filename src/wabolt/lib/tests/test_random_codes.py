"""Random codes: their characters, and the search for a free one."""

import pytest

from wabolt.lib.random_codes import ALPHABET, free_code, random_text


def test_a_random_text_has_no_ambiguous_characters() -> None:
    text = random_text(2_000)
    assert len(text) == 2_000
    assert set(text) == set(ALPHABET)
    assert not set(text) & set("01ILO")


def test_the_first_free_code_is_returned() -> None:
    codes = iter(["TAKEN", "TAKEN", "FREE", "LATER"])
    assert free_code(lambda: next(codes), lambda code: code != "TAKEN") == "FREE"


def test_the_search_ends_when_no_code_is_free() -> None:
    with pytest.raises(RuntimeError):
        free_code(lambda: "TAKEN", lambda _code: False)
