"""Receipts late, twice and shuffled: the same end."""

from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.messaging.store.rules import MAX_ATTEMPTS, may_be_retried, message_state, receipts_of_attempt

KINDS = ["sent", "delivered", "read", "failed"]
ANSWERS = {"accepted": "sent", "refused": "failed", "ambiguous": "unknown"}


def fold(start, happenings):
    """A model of the database: an outcome changes an open message, a receipt is stored and all receipts are read."""
    state, kinds = start, set()
    for happening in happenings:
        if happening in ANSWERS:
            if state in {"sending", "unknown"}:
                state = ANSWERS[happening]
        else:
            kinds.add(happening)
        state = message_state(state, kinds)
    return state


@given(
    st.lists(st.sampled_from(KINDS), max_size=8).flatmap(
        lambda receipts: st.tuples(st.just(receipts), st.permutations(receipts))
    ),
    st.sampled_from(["queued", "sending", "sent", "failed", "unknown", "cancelled", "suppressed"]),
)
def test_message_state_is_the_same_for_every_order(orders, start):
    one, other = orders
    assert fold(start, one) == fold(start, other) == fold(start, [*one, *other])


@given(st.permutations(["sent", "delivered", "read", "failed"]), st.integers(0, 4), st.integers(0, 4))
def test_message_state_does_not_care_when_the_providers_answer_comes(receipts, length, place):
    happenings = receipts[:length]
    with_answer = [*happenings[:place], "accepted", *happenings[place:]]
    assert fold("sending", with_answer) == fold("sending", ["accepted", *happenings])


@each(
    ("start", "kinds", "end"),
    [
        ("sent", ["read"], "read"),
        ("sent", ["delivered", "failed"], "delivered"),
        ("sent", ["failed"], "failed"),
        ("sending", ["failed", "sent"], "failed"),
        ("unknown", ["sent"], "sent"),
        ("unknown", ["failed"], "failed"),
        ("unknown", [], "unknown"),
        ("cancelled", ["failed"], "cancelled"),
        ("cancelled", ["sent"], "sent"),
        ("suppressed", ["read"], "read"),
        ("queued", ["failed"], "queued"),
        ("queued", ["delivered"], "delivered"),
        ("failed", ["sent"], "sent"),
        ("received", ["failed"], "received"),
    ],
)
def test_message_state_by_example(start, kinds, end):
    assert message_state(start, kinds) == end


@given(st.lists(st.tuples(st.sampled_from(["first", "second"]), st.sampled_from(KINDS)), max_size=8))
def test_of_an_earlier_try_only_arriving_counts(receipts):
    counted = receipts_of_attempt(receipts, "second")
    state = message_state("sent", counted)
    if not any(kind in {"delivered", "read"} for _name, kind in receipts):
        assert state == ("failed" if ("second", "failed") in receipts else "sent")
    else:
        assert state in {"delivered", "read"}


@given(st.sets(st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(KINDS))))
def test_nothing_goes_out_more_often_than_allowed(receipts):
    tries = {name for name, kind in receipts if kind == "failed"}
    assert may_be_retried("sent", "failed", receipts) == (len(tries) < MAX_ATTEMPTS)
    for before in ("queued", "failed", "delivered", "read", "cancelled", "suppressed"):
        assert not may_be_retried(before, "failed", receipts)
