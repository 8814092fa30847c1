"""The law of joining: only a clear message of an open way in, without a stop, a doubt or a negation, adds a person."""

from hypothesis import given
from hypothesis import strategies as st

from wabolt.optin.rules.decisions import Decision, Facts, decide

facts = st.builds(
    Facts,
    exact=st.integers(0, 3),
    nearby=st.integers(0, 3),
    is_unknown=st.booleans(),
    is_open=st.booleans(),
    stopped_later=st.booleans(),
    joined=st.booleans(),
    is_used=st.booleans(),
    meaning=st.sampled_from(["stop", "doubt", "start", None]),
    is_negated=st.booleans(),
)


@given(facts)
def test_only_a_clear_message_joins(found: Facts) -> None:
    if decide(found) is Decision.JOIN:
        assert (found.exact, found.is_open) == (1, True)
        assert found.meaning not in {"stop", "doubt"}
        assert not any((found.is_negated, found.stopped_later, found.is_used, found.joined))


@given(facts)
def test_words_of_a_stop_are_never_answered_with_an_offer(found: Facts) -> None:
    if found.meaning in {"stop", "doubt"} or found.is_negated:
        assert decide(found) in {Decision.NOT_OURS, Decision.HOLD, Decision.REFUSED}


@given(facts)
def test_a_wrong_way_in_is_never_credited(found: Facts) -> None:
    decision = decide(found)
    if found.exact > 1:
        assert decision in {Decision.UNCLEAR, Decision.HOLD, Decision.REFUSED}
    if found.exact == 0 and decision is Decision.ASK:
        assert found.nearby == 1
