"""The trial of a text knows what comes before the rules, in other rooms, and the hours of the shop."""

from datetime import datetime

import pytest

from wabolt.accounts.services import OpeningTimesDraft, save_opening_times
from wabolt.autoreply.queries import try_text, warnings_of
from wabolt.autoreply.tests.factories import make_rule
from wabolt.channels.models import Channel
from wabolt.lib import clock
from wabolt.lib.opening_hours import parse_intervals
from wabolt.optin.giveaways.tests.factories import make_giveaway
from wabolt.optin.tests.factories import code_of, make_point


def test_what_comes_before_all_rules_is_named_by_the_trial(channel: Channel) -> None:
    """The code of a way in, the word of a giveaway and a request about data."""
    point = make_point(channel)
    make_giveaway(channel, word="BATIK")
    rule = make_rule(channel.workspace, "batik")
    trials = {text: try_text(channel.workspace, text, channel_id=channel.pk) for text in (
        f"JOIN {code_of(point)}", "BATIK kak", "data saya", "batik tulis ada?",
    )}  # fmt: skip
    assert [trial.winner for trial in trials.values()] == ["code", "code", "code", "rule"]
    assert trials[f"JOIN {code_of(point)}"].claimed_by == "Kasir Dago"
    warning = warnings_of(channel.workspace)[rule.pk]
    assert (warning.problem, warning.phrase) == ("keyword", "batik")


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        ("2026-11-30 11:59", "open"),
        ("2026-11-30 12:30", "closed"),  # between the two intervals of the day
        ("2026-11-30 13:00", "open"),
        ("2026-11-30 20:00", "closed"),
        ("2026-08-17 10:00", "closed"),  # Independence Day
        ("2026-03-02 16:00", "closed"),  # in the fasting month
        ("2026-03-02 10:30", "open"),
        ("2026-12-12 10:00", "closed"),  # a single date
    ],
)
def test_a_rule_keeps_breaks_holidays_and_the_fasting_month(channel: Channel, at: str, answer: str) -> None:
    """The times are in the time zone of the shop, Asia/Jakarta."""
    workspace = channel.workspace
    daily, fasting = parse_intervals("8-12, 13-20"), parse_intervals("10-15")
    assert isinstance(daily, tuple)
    assert isinstance(fasting, tuple)
    moment = datetime.fromisoformat(at).replace(tzinfo=workspace.tz)
    draft = OpeningTimesDraft(
        dict.fromkeys(range(7), daily), fasting=dict.fromkeys(range(7), fasting), holidays_closed=True,
        special={datetime.fromisoformat("2026-12-12").date(): ()},
    )  # fmt: skip
    save_opening_times(workspace=workspace, draft=draft)
    for when in ("open", "closed"):
        make_rule(workspace, "harga", when=when, name=when)
    with clock.hold(moment):
        rule = try_text(workspace, "harga", channel_id=channel.pk).rule
    assert rule is not None
    assert rule.name == answer
