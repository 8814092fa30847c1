"""Alerts to a member's own number. A number of the shop without an open alert sends them."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.cases import each

from wabolt.accounts.models import AuditEntry, Membership
from wabolt.accounts.tests.factories import make_member, make_workspace, sign_in
from wabolt.alerts import services as alerts
from wabolt.alerts.models import Delivery
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.services import archive_channel, set_state
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact
from wabolt.contacts.services import erase_contacts, merge_contacts, resolve_contact
from wabolt.lib import clock
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.member_phones import services
from wabolt.messaging.models import MemberPhone, Message
from wabolt.messaging.services import work_lane_once

pytestmark = pytest.mark.django_db
OWNER = "+6281299990001"
CONNECTED = Channel.State.CONNECTED


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel(make_workspace(), name="Satu", state=CONNECTED, phone="+6281200000010")
    create_defaults(workspace=channel.workspace)
    return channel


@pytest.fixture
def member(channel: Channel) -> Membership:
    return Membership.objects.get(user=make_member(channel.workspace))


def say(channel: Channel, text: str, phone: str = OWNER) -> None:
    World.of(channel).tell_message(phone, text, f"in-{Message.objects.count()}")
    ScriptedProvider(channel).collect(1000)
    process_raw_events(channel)


def connect(channel: Channel, member: Membership) -> MemberPhone:
    row = services.new_code(membership=member)
    say(channel, services.text_to_write(row.code).lower())
    return MemberPhone.objects.get()


def alerts_sent() -> list[tuple[int, str]]:
    """(channel, number) of queued alerts, without confirmations."""
    found = Message.objects.filter(origin_kind="alert").exclude(to_phone="").order_by("pk")
    return list(found.values_list("channel_id", "to_phone"))


def run() -> None:
    alerts.announce_due()
    alerts.deliver_due(channel="whatsapp")


def test_member_connects_the_number_from_which_the_code_was_written(channel: Channel, member: Membership) -> None:
    row = connect(channel, member)
    assert (row.phone, row.code) == (OWNER, "")
    answer = Message.objects.get(origin_kind="alert")
    assert answer.quoted is not None
    assert "menerima pemberitahuan" in answer.text
    assert AuditEntry.objects.filter(action="member_phone.confirm").count() == 1


def test_wrong_and_expired_codes_connect_nothing(channel: Channel, member: Membership) -> None:
    row = services.new_code(membership=member)
    say(channel, "KABARI 222222")
    say(channel, f"halo kak KABARI {row.code}")
    MemberPhone.objects.update(code_until=clock.now() - timedelta(seconds=1))
    say(channel, services.text_to_write(row.code))
    assert MemberPhone.objects.get().phone == ""


@each("is_newest", [True, False], undone=True)
def test_the_number_that_wrote_is_connected_and_not_another_one_of_the_contact(
    channel: Channel, member: Membership, is_newest: bool
) -> None:
    """After a merge a contact has two numbers, which may belong to two people."""
    other = "+6281299990002"
    first, second = (other, OWNER) if is_newest else (OWNER, other)
    keep, _created = resolve_contact(workspace=channel.workspace, identities=[("phone", first)], source="manual")
    absorbed, _created = resolve_contact(workspace=channel.workspace, identities=[("phone", second)], source="manual")
    merge_contacts(workspace=channel.workspace, keep_id=keep.pk, absorb_id=absorbed.pk, reason="member")
    assert connect(channel, member).phone == OWNER
    work_lane_once(channel)
    taken = World.of(channel).taken
    assert [taken.pop().to for _sent in [*taken]] == [OWNER]


def test_a_message_that_hides_its_number_connects_no_number_of_the_contact(
    channel: Channel, member: Membership
) -> None:
    contact, _created = resolve_contact(
        workspace=channel.workspace, identities=[("phone", OWNER), ("lid", "77001122")], source="manual"
    )
    row = services.new_code(membership=member)
    World.of(channel).tell_message("", services.text_to_write(row.code), "hidden", identities=[["lid", "77001122"]])
    ScriptedProvider(channel).collect(1000)
    process_raw_events(channel)
    assert Message.objects.get().contact == contact
    assert MemberPhone.objects.get().phone == ""


def test_who_guesses_codes_connects_nothing(channel: Channel, member: Membership) -> None:
    row = services.new_code(membership=member)
    for number in range(services.MOST_TRIES):
        say(channel, f"KABARI 22222{number % 8 + 2}")
    say(channel, services.text_to_write(row.code))
    assert MemberPhone.objects.get().phone == ""
    say(channel, services.text_to_write(row.code), "+6281299990003")
    assert MemberPhone.objects.get().phone == "+6281299990003"


def test_code_of_another_shop_connects_nothing(channel: Channel, member: Membership) -> None:
    other = make_workspace("Lain")
    theirs = Membership.objects.get(user=make_member(other, email="lain@contoh.example"))
    row = services.new_code(membership=theirs)
    say(channel, services.text_to_write(row.code))
    assert MemberPhone.objects.get().phone == ""


def test_alert_leaves_through_another_number_than_the_one_in_trouble(channel: Channel, member: Membership) -> None:
    connect(channel, member)
    second = make_channel(channel.workspace, name="Dua", state=CONNECTED, phone="+6281200000020")
    set_state(channel=channel, state=Channel.State.LOGGED_OUT)
    run()
    assert alerts_sent() == [(second.pk, OWNER)]
    text = Message.objects.exclude(to_phone="").get().text
    assert "Satu" in text
    assert "Tautkan lagi" in text
    work_lane_once(second)
    assert Message.objects.exclude(to_phone="").get().state == "sent"


def test_alert_waits_while_no_number_can_carry_it(channel: Channel, member: Membership) -> None:
    connect(channel, member)
    second = make_channel(channel.workspace, name="Dua", state=CONNECTED)
    set_state(channel=channel, state=Channel.State.LOGGED_OUT)
    alerts.announce_due()
    archive_channel(channel=second)
    alerts.deliver_due(channel="whatsapp")
    assert alerts_sent() == []
    assert (Delivery.objects.get().state, Delivery.objects.get().reason) == ("waiting", "no_number")


def test_delivery_that_is_repeated_after_a_kill_is_one_message(channel: Channel, member: Membership) -> None:
    connect(channel, member)
    make_channel(channel.workspace, name="Dua", state=CONNECTED)
    set_state(channel=channel, state=Channel.State.LOGGED_OUT)
    alerts.announce_due()
    for _attempt in range(2):
        Delivery.objects.update(state="waiting", due_at=clock.now())
        alerts.deliver_due(channel="whatsapp")
    assert len(alerts_sent()) == 1


def test_alert_makes_no_contact_of_the_member(channel: Channel, member: Membership) -> None:
    connect(channel, member)
    Contact.objects.all().delete()
    [result] = alerts.send_test(membership=member, channel="whatsapp", language="id")
    assert result.state == "sent"
    assert Contact.objects.filter(erased_at=None).count() == 0


def test_page_connects_and_removes(channel: Channel, member: Membership) -> None:
    client = Client()
    sign_in(client, member.user)
    client.post("/settings/alerts/whatsapp/code/")
    code = MemberPhone.objects.get().code
    assert "wa.me" not in client.get("/settings/alerts/whatsapp/").content.decode(), "a simulated number reaches nobody"
    make_channel(channel.workspace, name="Dua", provider="linked", state=CONNECTED, phone="+6281200000011")
    page = client.get("/settings/alerts/whatsapp/").content.decode()
    assert f"https://wa.me/6281200000011?text=KABARI%20{code}" in page
    say(channel, services.text_to_write(code))
    assert "+62 812-9999-0001" in client.get("/settings/alerts/whatsapp/").content.decode()
    client.post("/settings/alerts/whatsapp/remove/")
    assert not MemberPhone.objects.exists()


def test_number_goes_with_the_membership(channel: Channel, member: Membership) -> None:
    connect(channel, member)
    member.delete()
    assert not MemberPhone.objects.exists()


def test_erasing_the_member_as_a_contact_removes_the_number(channel: Channel, member: Membership) -> None:
    connect(channel, member)
    alerts.send_test(membership=member, channel="whatsapp", language="id")
    assert alerts_sent() == [(channel.pk, OWNER)]
    person = Contact.objects.get(erased_at=None)
    erase_contacts(workspace=channel.workspace, ids=[person.pk])
    assert not MemberPhone.objects.exists()
    assert alerts_sent() == []
