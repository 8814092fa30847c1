"""Segments by giveaway: the people who took part and those who won, also as a sentence that is read back."""

import pytest
from django.utils import translation

from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.optin.giveaways.tests.factories import make_giveaway, person, say
from wabolt.optin.models import Entrant
from wabolt.segments import phrases
from wabolt.segments.queries import catalogue, contact_ids
from wabolt.segments.rules import Condition, Not, parse

CASES = [
    ("took part in", "", "ultah", {1, 2}),
    ("took part in", "in", ("ultah", "lebaran"), {1, 2, 3}),
    ("took part in", "", "tidak ada", set()),
    ("took part in", "is not empty", None, {1, 2, 3}),
    ("took part in", "is empty", None, {4}),
    ("won giveaway", "", "Ultah", {2}),
    ("won giveaway", "", "Lebaran", set()),
    ("won giveaway", "is not empty", None, {2}),
    ("won giveaway", "is empty", None, {1, 3, 4}),
]


def test_the_people_of_a_giveaway(channel: Channel) -> None:
    make_giveaway(channel, name="Ultah")
    make_giveaway(channel, name="Lebaran", word="LEBARAN")
    make_giveaway(make_channel(), name="Ultah")  # of another shop
    for number, text in ((1, "BATIK"), (2, "BATIK"), (3, "LEBARAN"), (4, "Halo")):
        say(channel, text, number)
    Entrant.objects.filter(contact=person(2)).update(place=1)
    everybody = {1, 2, 3, 4}
    for field, op, value, who in CASES:
        condition = Condition(field, op, value)
        assert set(contact_ids(channel.workspace, condition)) == {person(n).pk for n in who}, condition
        others = {person(n).pk for n in everybody - who}
        assert set(contact_ids(channel.workspace, Not(condition))) == others, condition


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_printed_sentence_is_read_back(channel: Channel, language: str) -> None:
    known = catalogue(channel.workspace)
    for field, op, value, _who in CASES:
        if op != "is not empty":  # read back as the negation of "is empty"
            condition = Condition(field, op, value)
            with translation.override(language):
                text = phrases.describe(condition, known, "IDR")
            assert parse(text, known, language) == condition, text
