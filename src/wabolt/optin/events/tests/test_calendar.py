"""Calendar files, read back by the library and by hand."""

import re
from datetime import timedelta

import pytest
from icalendar import Calendar

from wabolt.channels.models import Channel
from wabolt.lib import clock
from wabolt.optin.events.calendar import calendar_file
from wabolt.optin.events.tests.factories import SATURDAY, make_event, make_guest
from wabolt.optin.models import Registration

pytestmark = pytest.mark.django_db
NOW = SATURDAY - timedelta(days=10)


@pytest.fixture
def guest(channel: Channel) -> Registration:
    with clock.hold(NOW):
        event = make_event(
            channel, title="Kelas Batik; tulis, cap \\ & \nwarna 🎨", timezone="Asia/Makassar",
            online_url="https://meet.example/abc", point={"description": "Bawa celemek,\nya."},
        )  # fmt: skip
        return make_guest(event)


def read(guest: Registration, method: str = "PUBLISH") -> Calendar:
    guest.event.refresh_from_db()
    return Calendar.from_ical(calendar_file(guest, method=method, at=NOW, ticket_url="https://toko.example/m/x/t/y/"))


def test_a_file_says_what_the_event_is(guest: Registration) -> None:
    calendar = read(guest)
    [event] = calendar.walk("VEVENT")
    assert (str(calendar["METHOD"]), str(calendar["VERSION"])) == ("PUBLISH", "2.0")
    assert event.start == guest.event.starts_at
    assert event.end == guest.event.ends_at
    assert str(event.DTSTART.tzinfo) == "Asia/Makassar"
    assert str(event["SUMMARY"]) == guest.event.point.name
    assert str(event["LOCATION"]) == "Jl. Dago 12, Bandung"
    assert "https://meet.example/abc" in str(event["DESCRIPTION"])
    assert f"#{guest.ticket}" in str(event["DESCRIPTION"])
    [zone] = calendar.walk("VTIMEZONE")
    assert str(zone["TZID"]) == "Asia/Makassar"
    assert zone.to_tz().utcoffset(SATURDAY.replace(tzinfo=None)) == timedelta(hours=8)


def test_the_bytes_follow_rfc_5545(guest: Registration) -> None:
    data = calendar_file(guest, method="PUBLISH", at=NOW)
    lines = data.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 for line in lines)
    assert not re.search(rb"(?<!\r)\n", data)
    assert b"DTSTAMP:20261125T030000Z" in data


def test_a_change_and_a_cancellation_replace_the_entry(guest: Registration) -> None:
    [first] = read(guest).walk("VEVENT")
    guest.event.sequence += 1
    guest.event.save()
    [changed] = read(guest).walk("VEVENT")
    guest.sequence += 1
    cancelled = read(guest, "CANCEL")
    [gone] = cancelled.walk("VEVENT")
    assert first["UID"] == changed["UID"] == gone["UID"]
    assert [int(one["SEQUENCE"]) for one in (first, changed, gone)] == [0, 1, 2]
    assert (str(cancelled["METHOD"]), str(gone["STATUS"])) == ("CANCEL", "CANCELLED")


def test_two_guests_have_two_entries(guest: Registration) -> None:
    with clock.hold(NOW):
        other = make_guest(guest.event, name="Budi")
    [one], [two] = read(guest).walk("VEVENT"), read(other).walk("VEVENT")
    assert one["UID"] != two["UID"]
