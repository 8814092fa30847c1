"""Warnings about rules of a shop: its numbers, hours, segments, actions, words and menus."""

import pytest

from wabolt.accounts.services import OpeningTimesDraft, save_opening_times
from wabolt.accounts.tests.factories import make_member, make_workspace, signed_in
from wabolt.autoreply.models import ReplyRule
from wabolt.autoreply.queries import warnings_of
from wabolt.autoreply.services import AnswerDraft, switch_rule
from wabolt.autoreply.tests.factories import make_rule
from wabolt.channels.models import Channel
from wabolt.consent.models import Keyword
from wabolt.contacts.registry import ActionCall
from wabolt.contacts.services import create_field, delete_field
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib.opening_hours import parse_intervals
from wabolt.segments.queries import tree_from_text
from wabolt.segments.services import create_segment


def problem_of(rule: ReplyRule) -> tuple[str, str]:
    found = warnings_of(rule.workspace).get(rule.pk)
    return (found.problem, found.phrase) if found else ("", "")


def hours(channel: Channel, text: str) -> None:
    intervals = parse_intervals(text)
    assert isinstance(intervals, tuple)
    save_opening_times(workspace=channel.workspace, draft=OpeningTimesDraft(dict.fromkeys(range(7), intervals)))


def test_a_number_that_is_logged_out(channel: Channel) -> None:
    rule = make_rule(channel.workspace, "harga", channel=channel)
    assert problem_of(rule) == ("", "")
    Channel.objects.update(state=Channel.State.LOGGED_OUT)
    assert problem_of(rule) == ("number_off", "")


@pytest.mark.parametrize(
    ("when", "text", "problem"),
    [("closed", "24 jam", "never_closed"), ("open", "24 jam", ""),
     ("closed", "08.00-20.00", ""), ("closed", "06.00-06.00", "never_closed")],
)  # fmt: skip
def test_hours_that_never_come(channel: Channel, when: str, text: str, problem: str) -> None:
    hours(channel, text)
    assert problem_of(make_rule(channel.workspace, "harga", when=when))[0] == problem


def test_a_segment_without_members(channel: Channel) -> None:
    workspace = channel.workspace
    vip = create_segment(workspace=workspace, name="VIP", tree=tree_from_text(workspace, "tag is VIP"))
    rule = make_rule(workspace, "harga", segment=vip)
    make_contact(make_workspace("Lain"), tags=["VIP"])
    assert problem_of(rule) == ("empty_segment", "")
    make_contact(workspace, tags=["VIP"])
    assert problem_of(rule) == ("", "")


def test_an_action_that_no_longer_works(channel: Channel) -> None:
    field = create_field(workspace=channel.workspace, label="Minat", kind="text")
    then = [ActionCall("contacts.set_field", {"column": "minat", "value": "x"})]
    rule = make_rule(channel.workspace, "harga", then=then)
    assert problem_of(rule) == ("", "")
    delete_field(workspace=channel.workspace, field_id=field.pk)
    assert problem_of(rule)[0] == "broken_action"


def test_a_member_who_left_and_a_line_that_leads_nowhere(channel: Channel) -> None:
    rina = make_member(channel.workspace, "agent")
    assigned = make_rule(channel.workspace, "reseller", then=[ActionCall("inbox.assign", {"member": str(rina.pk)})])
    price = make_rule(channel.workspace, "harga")
    menu = make_rule(channel.workspace, "info", answers=[AnswerDraft("Pilih", choices=[("Harga", price.pk)])])
    assert warnings_of(channel.workspace) == {}
    rina.memberships.all().delete()
    switch_rule(workspace=channel.workspace, rule_id=price.pk, on=False)
    assert problem_of(assigned)[0] == "broken_action"
    assert problem_of(menu) == ("dead_line", "Harga")


def test_a_word_that_became_a_stop_word(channel: Channel) -> None:
    rule = make_rule(channel.workspace, "sudahan", "harga")
    Keyword.objects.create(workspace=channel.workspace, action="stop", word="SUDAHAN", normalised="sudahan")
    assert problem_of(rule) == ("keyword", "sudahan")


def test_the_list_says_it_in_words(channel: Channel) -> None:
    hours(channel, "24 jam")
    make_rule(channel.workspace, "harga", when="closed")
    page = signed_in(channel.workspace).get("/auto-replies/").content.decode()
    assert "Tidak pernah menjawab: toko Kakak selalu buka." in page
