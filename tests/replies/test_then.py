"""The actions of a rule: each one runs once for each message, also when the process dies in between."""

import pytest

from wabolt.accounts.tests.factories import make_member
from wabolt.autoreply.models import ChatFormRun, ConversationMode
from wabolt.autoreply.tests.chats import AYU, asked, replies, say, unread
from wabolt.autoreply.tests.factories import make_chat_form, make_rule
from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.commerce.models import Voucher
from wabolt.contacts.models import Contact, Event, Note
from wabolt.contacts.queries import tags_of
from wabolt.contacts.registry import ActionCall
from wabolt.contacts.services import create_field, delete_field
from wabolt.inbox.models import Assignment
from wabolt.journeys.models import Enrollment
from wabolt.journeys.rules.definition import Wait
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.messaging.registry import RESPONDERS, Arrival, Responder, register_responder
from wabolt.messaging.services import process_raw_events
from wabolt.optin.models import Offer
from wabolt.optin.tests.factories import make_point


def ayu() -> Contact:
    return Contact.objects.get(identities__value=AYU)


def test_a_label_a_column_and_a_note(channel: Channel, now: clock.HeldClock) -> None:
    create_field(workspace=channel.workspace, label="Minat", kind="text")
    then = [
        ActionCall("contacts.tag", {"tag": "Calon reseller"}),
        ActionCall("contacts.set_field", {"column": "minat", "value": "reseller"}),
        ActionCall("contacts.note", {"text": "Tanya reseller lewat chat"}),
    ]
    make_rule(channel.workspace, "reseller", then=then)
    for _again in range(2):
        now.move(minutes=2)
        say(channel, "mau jadi reseller")
    assert tags_of([ayu().pk]) == {ayu().pk: ["Calon reseller"]}
    assert ayu().fields["minat"] == "reseller"
    assert Note.objects.get().text == "Tanya reseller lewat chat"
    assert len(replies()) == 2


def test_a_journey_is_started_and_ended(channel: Channel, now: clock.HeldClock) -> None:
    journey = make_journey(channel.workspace, Wait("w", amount=3, unit="days"))
    make_rule(channel.workspace, "mulai tips", then=[ActionCall("journeys.start", {"journey": journey.pk})])
    make_rule(channel.workspace, "cukup tips", then=[ActionCall("journeys.end", {"journey": journey.pk})])
    say(channel, "mulai tips")
    enrollment = Enrollment.objects.get(contact=ayu())
    assert enrollment.ended_at is None
    now.move(minutes=1)
    say(channel, "cukup tips")
    enrollment.refresh_from_db()
    assert enrollment.ended_at is not None


def test_the_list_is_offered_after_the_answer(channel: Channel, now: clock.HeldClock) -> None:
    make_point(channel)
    make_rule(channel.workspace, "harga", answer="Mulai Rp50.000", then=[ActionCall("optin.offer_list", {})])
    say(channel, "harga")
    assert Offer.objects.get().contact == ayu()
    texts = list(Message.objects.filter(direction="outbound").order_by("pk").values_list("origin_kind", flat=True))
    assert texts[0] == "auto_reply", "the question comes last"
    now.move(minutes=1)
    say(channel, "harga")
    assert Offer.objects.count() == 1, "nobody is asked twice"


def test_the_team_is_told_and_the_conversation_is_assigned(channel: Channel) -> None:
    rina = make_member(channel.workspace, "agent")
    then = [
        ActionCall("inbox.tell_team", {"text": "Mau jadi reseller"}),
        ActionCall("inbox.assign", {"member": str(rina.pk)}),
    ]
    make_rule(channel.workspace, "reseller", then=then, hands_over=True)
    say(channel, "mau jadi reseller")
    assert Assignment.objects.get().user == rina
    assert ConversationMode.objects.get().taken_over_until is not None
    assert unread(channel) == 1


def test_handing_over_is_an_action_too(channel: Channel) -> None:
    make_rule(channel.workspace, "rusak", then=[ActionCall("autoreply.hand_over", {})])
    say(channel, "barang rusak kak", "harga")
    assert replies() == ["Siap Kak"]
    assert ConversationMode.objects.get().taken_over_until is not None


def test_an_action_that_is_refused_holds_up_nothing(channel: Channel) -> None:
    field = create_field(workspace=channel.workspace, label="Minat", kind="text")
    then = [
        ActionCall("contacts.set_field", {"column": "minat", "value": "x"}),
        ActionCall("contacts.tag", {"tag": "A"}),
    ]
    make_rule(channel.workspace, "harga", then=then)
    delete_field(workspace=channel.workspace, field_id=field.pk)
    say(channel, "harga")
    assert replies() == ["Siap Kak"]
    assert tags_of([ayu().pk]) == {ayu().pk: ["A"]}


class Died(BaseException):
    """The process ends at this moment."""


def test_actions_run_once_when_the_process_dies_before_the_commit(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies twice after the rule has answered and acted. The message is processed again each time."""
    monkeypatch.setattr("wabolt.messaging.registry.RESPONDERS", dict(RESPONDERS))
    deaths = iter([True, True])

    def die(_arrivals: list[Arrival]) -> set[int]:
        if next(deaths, False):
            raise Died
        return set()

    register_responder(Responder("dies", 99, die))
    journey = make_journey(channel.workspace, Wait("w", amount=3, unit="days"))
    form = make_chat_form(channel.workspace)
    then = [
        ActionCall("commerce.give_voucher", {"percent": 10, "days": 14}),
        ActionCall("journeys.start", {"journey": journey.pk}),
        ActionCall("contacts.tag", {"tag": "Tanya harga"}),
        ActionCall("autoreply.start_form", {"form": str(form.pk)}),
    ]
    make_rule(channel.workspace, "harga", answers=[], then=then)
    make_rule(channel.workspace, "apa kabar", answer="Baik", hands_over=True)
    World.of(channel).tell_message(AYU, "harga", "m1")
    World.of(channel).tell_message("+6281277000009", "bahannya apa", "m2")
    ScriptedProvider(channel).collect(10)
    for _death in range(2):
        with pytest.raises(Died):
            process_raw_events(channel)
        assert not Voucher.objects.exists(), "nothing is half done"
    process_raw_events(channel)
    RawEvent.objects.update(processed_at=None)
    process_raw_events(channel)
    assert Voucher.objects.count() == 1
    assert Enrollment.objects.count() == 1
    assert ChatFormRun.objects.count() == 1
    assert len(asked()) == 1
    assert Event.objects.filter(kind="tag_added").count() == 1
