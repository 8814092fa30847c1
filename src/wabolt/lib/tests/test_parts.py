"""Consecutive parts in which no key occurs twice."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from wabolt.lib.parts import parts_without_repeats


@given(st.lists(st.sets(st.integers(0, 6), max_size=3), max_size=30))
def test_the_parts_keep_the_order_and_no_key_is_twice_in_one(keys: list[set[int]]) -> None:
    parts = parts_without_repeats(keys)
    assert [own for part in parts for own in keys[part]] == keys
    for part in parts:
        together = [key for own in keys[part] for key in own]
        assert len(together) == len(set(together))
    for one, following in pairwise(parts):
        assert not keys[following][0].isdisjoint(set().union(*keys[one])), "the part could be longer"
