from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.analytics.rules import Comparison, Share


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_interval_holds_the_share_and_stays_in_range(a: int, b: int) -> None:
    share = Share(min(a, b), max(a, b))
    low, high = share.interval
    assert 0 <= low <= share.value + 1e-9
    assert share.value - 1e-9 <= high <= 1


def test_interval_agrees_with_the_textbook() -> None:
    # Newcombe 1998, table I: 81 of 263.
    low, high = Share(81, 263).interval
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


@each(
    ("sent", "held_out", "verdict"),
    [
        (Share(0, 0), Share(0, 0), "unclear"),
        (Share(3, 40), Share(1, 40), "unclear"),  # too few buyers to say anything
        (Share(120, 1000), Share(60, 1000), "more"),
        (Share(60, 1000), Share(120, 1000), "less"),
        (Share(62, 1000), Share(60, 1000), "unclear"),
    ],
)
def test_verdict_says_nothing_that_could_be_chance(sent: Share, held_out: Share, verdict: str) -> None:
    assert Comparison(sent, held_out).verdict == verdict
