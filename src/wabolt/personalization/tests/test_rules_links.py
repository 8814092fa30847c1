"""Tokens of tracked links."""

from hypothesis import given
from hypothesis import strategies as st

from wabolt.personalization.rules.links import BASE62, make_token, read_token

KEY = b"k" * 32


@given(st.integers(1, 2**19 - 1), st.integers(1, 2**30 - 1))
def test_token_is_short_and_holds_the_link_and_message_ids(link, message):
    token = make_token(link, message, KEY)
    assert len(token) <= 16
    assert set(token) <= set(BASE62)
    assert read_token(token, KEY) == (link, message)


@given(st.integers(1, 2**40), st.integers(1, 2**50))
def test_token_grows_with_the_ids_and_still_works(link, message):
    assert read_token(make_token(link, message, KEY), KEY) == (link, message)


@given(st.text(max_size=30))
def test_foreign_token_is_none(text):
    assert read_token(text, KEY) is None


def test_changed_token_is_none():
    token = make_token(7, 1234, KEY)
    for index in range(len(token)):
        for char in "0aZ9":
            forged = token[:index] + char + token[index + 1 :]
            assert forged == token or read_token(forged, KEY) is None
    assert read_token(token, b"another key") is None
    assert read_token("0" + token, KEY) is None
