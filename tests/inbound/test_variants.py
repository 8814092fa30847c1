"""National variants of phone numbers: each message is stored, and a STOP reaches the stored contact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases import each
from tests.cloud.conftest import make_cloud, post
from tests.graph import webhooks
from wabolt.channels.models import Channel, RawEvent
from wabolt.consent.models import Suppression
from wabolt.consent.queries import consent_of
from wabolt.consent.services import create_defaults
from wabolt.consent.tests.factories import give_consent
from wabolt.contacts.models import Contact, Identity
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib.phone_variants import variants
from wabolt.messaging.models import Message
from wabolt.messaging.services import process_raw_events

PAIRS = [
    ("+525512345678", "+5215512345678"),  # Mexico
    ("+541123456789", "+5491123456789"),  # Argentina
    ("+551181234567", "+5511981234567"),  # Brazil
]
BOTH_WAYS = PAIRS + [(b, a) for a, b in PAIRS]


@pytest.fixture
def channel() -> Channel:
    channel = make_cloud()
    create_defaults(workspace=channel.workspace)
    return channel


def say(channel: Channel, phone: str, text: str, name: str = "wamid.1") -> None:
    assert post(channel, webhooks.message(name, phone=phone.removeprefix("+"), body=text)).status_code == 200
    process_raw_events(channel)
    assert not RawEvent.objects.filter(channel=channel, processed_at=None).exists(), "nothing is refused"


@pytest.mark.django_db
@each(("stored", "reported"), BOTH_WAYS, undone=True)
def test_a_stop_from_the_other_way_to_write_a_number_stops_the_person(
    channel: Channel, stored: str, reported: str
) -> None:
    ayu = make_contact(channel.workspace, "Ayu", phone=None)
    Identity.objects.create(workspace=channel.workspace, contact=ayu, kind="phone", value=stored)
    give_consent(channel.workspace, [ayu.pk])
    say(channel, reported, "STOP")
    assert consent_of(channel.workspace, ayu.pk).state == "withdrawn"
    assert Contact.objects.get() == ayu, "nobody new"
    assert set(Identity.objects.values_list("value", flat=True)) == {stored, reported}, "and it is known now"
    assert set(Suppression.objects.values_list("value", flat=True)) == {stored, reported}


@pytest.mark.django_db
@each(("stored", "reported"), BOTH_WAYS, undone=True)
def test_a_stop_holds_for_the_second_contact_of_the_same_line(channel: Channel, stored: str, reported: str) -> None:
    people = []
    for value in (stored, reported):
        people.append(make_contact(channel.workspace, "Ayu", phone=None))
        Identity.objects.create(workspace=channel.workspace, contact=people[-1], kind="phone", value=value)
    give_consent(channel.workspace, [person.pk for person in people])
    say(channel, reported, "STOP")
    assert consent_of(channel.workspace, people[1].pk).state == "withdrawn"
    assert Suppression.objects.filter(value=stored).exists(), "the other contact's number gets no promotion either"


@pytest.mark.django_db
@each("digits", ["5215512345678", "1", "123456789012345678901", "6281", "0812", "99912345678"], undone=True)
def test_no_address_that_the_vendor_reports_is_refused(channel: Channel, digits: str) -> None:
    say(channel, digits, "Halo")
    assert Message.objects.get(direction="inbound").text == "Halo"
    say(channel, digits, "STOP", "wamid.2")
    assert consent_of(channel.workspace, Contact.objects.get().pk).state == "withdrawn"


@pytest.mark.django_db
def test_a_vendors_id_of_any_length_is_kept(channel: Channel) -> None:
    long = "MX." + "x" * 500
    for name in ("wamid.1", "wamid.2"):
        post(channel, webhooks.message(name, phone=None, bsuid=long, body="Halo"))
    process_raw_events(channel)
    assert Message.objects.filter(direction="inbound").count() == 2
    assert Contact.objects.count() == 1


@given(st.sampled_from(BOTH_WAYS))
def test_a_number_has_the_same_variants_from_each_of_them(pair: tuple[str, str]) -> None:
    assert variants(pair[0]) == pair
    assert variants(pair[1]) == pair[::-1]


@given(st.from_regex(r"\+(62|1|44)[0-9]{6,12}", fullmatch=True))
def test_other_countries_have_one_way(phone: str) -> None:
    assert variants(phone) == (phone,)
