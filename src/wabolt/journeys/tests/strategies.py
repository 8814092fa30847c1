"""Hypothesis strategies for definitions of journeys."""

from hypothesis import strategies as st

from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.text_words import Vocabulary

SPOKEN = Vocabulary(
    triggers={"joined": {"en": "joins-your-list", "id": "ikut-daftar"}},
    actions={"contacts.tag": {"en": "give-a-label", "id": "beri-label"}},
    events={"voucher_redeemed": {"en": "voucher-used", "id": "voucher-dipakai"}},
)
"""Words of triggers, actions and events for the text form."""
words = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12)
clocks = st.sampled_from(["", "00:00", "09:30", "23:59"])
values = st.one_of(words, st.integers(-1000, 1000), st.booleans(), st.lists(words, max_size=2))
settings = st.dictionaries(
    st.from_regex("[a-z_]{1,8}", fullmatch=True).filter(lambda key: key != "kind"), values, max_size=2
)
numbers = st.none() | st.integers(1, 99)
happenings = st.one_of(
    st.just(d.Happening("order")),
    st.builds(d.Happening, st.just("event"), event=words, where=settings),
    st.builds(d.Happening, st.just("segment"), when=words),
)
units = st.sampled_from(d.UNITS)
outcomes = st.builds(d.Outcome, st.sampled_from(["s1", "s2"]), st.sampled_from(d.OUTCOMES))


def _leaves(ids: st.SearchStrategy[str]) -> st.SearchStrategy[d.Step]:
    return st.one_of(
        st.builds(
            d.Send, ids, text=words, media=numbers, choices=st.lists(words, max_size=2).map(tuple),
            template=numbers, parameters=st.lists(st.tuples(words, words), max_size=2).map(tuple),
            purpose=st.sampled_from(d.PURPOSES), content_class=st.sampled_from(["", *d.CONTENT_CLASSES]),
            quiet=st.sampled_from(d.QUIET), not_later_minutes=st.none() | st.integers(1, 5000),
        ),
        st.builds(d.Wait, ids, amount=st.integers(0, 400), unit=units, at=clocks),
        st.builds(
            d.Wait, ids, mode=st.just("clock"), at=clocks, weekdays=st.sets(st.integers(0, 6)).map(sorted).map(tuple)
        ),
        st.builds(
            d.Wait, ids, mode=st.just("happening"), amount=st.integers(0, 400), unit=units, until=st.none() | happenings
        ),
        st.builds(d.Act, ids, action=words, params=settings),
        st.builds(d.Webhook, ids, url=words),
        st.builds(d.End, ids),
    )  # fmt: skip


def _branches(ids: st.SearchStrategy[str], inner: st.SearchStrategy[d.Step]) -> st.SearchStrategy[d.Step]:
    steps = st.lists(inner, max_size=3).map(tuple)
    arms = st.lists(st.builds(d.BranchArm, words | outcomes, steps), min_size=1, max_size=3).map(tuple)
    shares = st.lists(st.builds(d.SplitArm, st.integers(0, 100), steps), min_size=1, max_size=3).map(tuple)
    return st.builds(d.Branch, ids, arms, steps) | st.builds(d.Split, ids, shares)


@st.composite
def definitions(draw: st.DrawFn) -> d.Definition:
    """Definitions of any shape, complete or not; the ids are s1, s2, ... in the order in which they were drawn."""
    count = iter(range(1, 10_000))
    ids = st.builds(lambda: f"s{next(count)}")
    two_deep = _branches(ids, _leaves(ids) | _branches(ids, _leaves(ids)))
    return d.Definition(
        trigger=d.Trigger(draw(words), draw(settings)),
        entry=d.Entry(draw(st.sampled_from(d.REENTRY)), draw(st.integers(0, 90)), draw(clocks), draw(words)),
        exits=tuple(draw(st.lists(happenings, max_size=2))),
        goal=draw(st.none() | happenings),
        steps=tuple(draw(st.lists(_leaves(ids) | two_deep, max_size=5))),
    )
