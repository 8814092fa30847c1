"""The pure decisions: which messages say a word, who takes part when, and who wins a contest."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.lib.text import normalise_keyword
from wabolt.optin.giveaways.rules.entering import Decision, Facts, decide
from wabolt.optin.giveaways.rules.ranking import standings
from wabolt.optin.giveaways.rules.words import flaw_of, says, text_without_key

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
_letters = st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=12)


SAYS = ["BATIK", " batik!! ", "Kak, BATIK ya", "saya mau ikut batik dong kak", "ｂａｔｉｋ", "B A T I K", "#Batik"]


@pytest.mark.parametrize("text", SAYS)
def test_messages_that_say_the_word(text: str) -> None:
    assert says(text, "batik")


@pytest.mark.parametrize(
    "text", ["batik?", "ada batik gak", "batik saya rusak", "bukan batik", "batikku", "gak mau batik", "#batikku", ""]
)
def test_messages_that_do_not(text: str) -> None:
    assert not says(text, "batik")


@given(_letters, st.lists(_letters, max_size=4), st.integers(0, 4))
def test_a_word_among_unknown_words_is_never_credited(word: str, others: list[str], place: int) -> None:
    around = [other for other in others if flaw_of(other) is None and other != word]
    text = " ".join([*around[:place], word, *around[place:]])
    if flaw_of(word) is None:
        assert says(text, normalise_keyword(word)) == (not around)


@pytest.mark.parametrize(
    ("text", "rest"),
    [("#BATIK Kebaya nenek", "Kebaya nenek"), ("BATIK kak", ""), ("#BATIK", ""), ("BATIK #K7QMP4", ""), ("Hai", "Hai")],
)
def test_the_text_of_an_entry(text: str, rest: str) -> None:
    assert text_without_key(text, "batik", ["K7QMP4"]) == rest


_times = st.none() | st.integers(-3, 3).map(lambda hours: NOW + timedelta(hours=hours))


@given(_times, _times, _times, st.booleans(), st.booleans(), st.booleans())
def test_taking_part_needs_every_condition(
    opens: datetime | None, closes: datetime | None, closed: datetime | None, locked: bool, part: bool, stock: bool
) -> None:
    decision = decide(Facts(NOW, opens, closes, closed, locked, part, stock))
    in_time = (opens is None or opens <= NOW) and all(end is None or end > NOW for end in (closes, closed))
    assert (decision is Decision.ENTER) == (in_time and stock and not locked and not part)
    assert (decision is Decision.AGAIN) == part


@given(st.dictionaries(st.integers(1, 30), st.lists(st.integers(1, 10), max_size=4), max_size=12), st.integers(1, 5))
def test_winners_are_never_worse_than_losers(points: dict[int, list[int]], places: int) -> None:
    rows = standings(points, places)
    winners = [row for row in rows if row.wins]
    assert len(winners) <= places
    for winner in winners:
        assert winner.mean is not None
        assert all((row.mean or 0) < winner.mean for row in rows if not row.wins)
    tied = [row.entrant for row in rows if row.is_tied]
    if tied:
        settled = standings(points, places, tied[: places - len(winners)])
        assert sum(row.wins for row in settled) == places
        assert not any(row.is_tied for row in settled)
