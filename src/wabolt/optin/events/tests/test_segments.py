"""Segments by event: SQL finds the same people as the registrations say, and sentences are read back."""

from datetime import timedelta

import pytest
from django.utils import translation

from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock
from wabolt.optin.events.services import cancel_registration, check_in
from wabolt.optin.events.tests.factories import make_event, make_guest
from wabolt.optin.models import ShopEvent
from wabolt.segments import phrases
from wabolt.segments.queries import catalogue, contact_ids
from wabolt.segments.rules import Condition, Not, parse

pytestmark = pytest.mark.django_db
FIELDS = ("registered for event", "attended event", "missed event")


@pytest.fixture
def guests(channel: Channel) -> dict[str, int]:
    """{name: contact}: one came, one did not, one cancelled, and one registered for an event without check-ins."""
    past, quiet = (
        make_event(channel, starts_at=clock.now() + timedelta(days=1)),
        make_event(channel, title="Webinar Tenun", starts_at=clock.now() + timedelta(days=1)),
    )
    make_guest(make_event(make_channel(), starts_at=clock.now() + timedelta(days=1)))  # another shop, same name
    came, missed, gone, unknown = make_guest(past), make_guest(past), make_guest(past), make_guest(quiet)
    check_in(workspace=channel.workspace, registration_id=came.pk, by=None)
    cancel_registration(workspace=channel.workspace, registration_id=gone.pk)
    ended = clock.now() - timedelta(hours=1)
    ShopEvent.objects.update(starts_at=ended - timedelta(hours=2), ends_at=ended)
    people = {"came": came, "missed": missed, "gone": gone, "unknown": unknown}
    return {name: registration.contact_id for name, registration in people.items()}


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("registered for event", "kelas batik", {"came", "missed"}),
        ("registered for event", ("Kelas Batik", "Webinar Tenun"), {"came", "missed", "unknown"}),
        ("attended event", "Kelas Batik", {"came"}),
        ("missed event", "Kelas Batik", {"missed"}),
        ("missed event", "Webinar Tenun", set()),
        ("attended event", "tidak ada", set()),
    ],
)
def test_sql_finds_the_guests(
    channel: Channel, guests: dict[str, int], field: str, value: str | tuple[str, ...], found: set[str]
) -> None:
    condition = Condition(field, "in" if isinstance(value, tuple) else "", value)
    everybody = set(guests.values())
    expected = {guests[name] for name in found}
    assert contact_ids(channel.workspace, condition) & everybody == expected
    assert contact_ids(channel.workspace, Not(condition)) & everybody == everybody - expected


def test_empty_means_no_event_at_all(channel: Channel, guests: dict[str, int]) -> None:
    assert contact_ids(channel.workspace, Condition("attended event", "is empty")) & set(guests.values()) == {
        guests[name] for name in ("missed", "gone", "unknown")
    }


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(("op", "value"), [("", "Kelas Batik"), ("in", ("Kelas Batik", "Webinar")), ("is empty", None)])
def test_a_printed_sentence_is_read_back(
    channel: Channel, language: str, field: str, op: str, value: str | tuple[str, ...] | None
) -> None:
    known = catalogue(channel.workspace)
    condition = Condition(field, op, value)
    with translation.override(language):
        text = phrases.describe(condition, known, "IDR")
    assert parse(text, known, language) == condition, text


def test_the_link_on_the_page_of_an_event_is_understood(channel: Channel) -> None:
    known = catalogue(channel.workspace)
    for field in FIELDS:
        assert parse(f'{field} "Kelas Batik (angkatan 1)"', known, "id") == Condition(
            field, "", "Kelas Batik (angkatan 1)"
        )
