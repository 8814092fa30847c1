"""Reminders and notices: once, at the right time, to the right people."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock
from wabolt.lib.restore import Restore, database_restored
from wabolt.messaging.models import Message
from wabolt.optin.events.forms import EventForm
from wabolt.optin.events.services import (
    cancel_event,
    cancel_registration,
    leave_out_unknown,
    reminders,
    send_due_reminders,
    tell_about_change,
    update_event,
)
from wabolt.optin.events.tests.factories import SATURDAY, make_event, make_guest
from wabolt.optin.models import EventReminder, Registration, ShopEvent

NOW = SATURDAY - timedelta(days=10)


def told(registration: Registration) -> list[str]:
    sent = Message.objects.filter(contact=registration.contact, direction="outbound").order_by("pk")
    return [text.partition("\n")[0] for text in sent.values_list("text", flat=True)]


def change(event: ShopEvent, **fields: Any) -> ShopEvent:
    """Saves the form of an event with other values."""
    event = ShopEvent.objects.select_related("point").get(pk=event.pk)
    form = EventForm(workspace=event.workspace, event=event)
    given = {name: form[name].value() for name in form.fields} | fields
    filled = EventForm({key: value for key, value in given.items() if value not in {None, False}},
                       workspace=event.workspace, event=event)  # fmt: skip
    assert filled.is_valid(), filled.errors
    return update_event(workspace=event.workspace, event_id=event.pk, draft=filled.draft())


@pytest.mark.django_db
def test_a_guest_is_reminded_on_the_day_before_and_an_hour_before(channel: Channel) -> None:
    with clock.hold(NOW) as held:
        event = make_event(channel)
        guest, gone = make_guest(event), make_guest(event)
        cancel_registration(workspace=channel.workspace, registration_id=gone.pk)
        assert send_due_reminders() == 0
        held.move(days=9)
        assert send_due_reminders() == 1
        assert send_due_reminders() == 0
        held.move(hours=23)
        assert send_due_reminders() == 1
    assert told(guest) == [
        "Sampai jumpa besok pukul 10.00 WIB: *Kelas Batik*.",
        "Sampai jumpa hari ini pukul 10.00 WIB: *Kelas Batik*.",
    ]
    assert told(gone) == []


@pytest.mark.django_db
def test_who_registers_after_the_reminder_gets_the_next_one_only(channel: Channel) -> None:
    with clock.hold(SATURDAY - timedelta(days=2)) as held:
        event = make_event(channel)
        held.move(days=1, minutes=5)
        guest = make_guest(event)
        held.move(minutes=1)
        assert send_due_reminders() == 0, "the worker is late, and this guest came after the reminder's time"
        held.move(hours=22, minutes=54)
        assert send_due_reminders() == 1
    assert len(told(guest)) == 1


@pytest.mark.django_db
def test_an_event_that_is_made_late_has_no_reminder_in_the_past(channel: Channel) -> None:
    with clock.hold(SATURDAY - timedelta(hours=3)):
        event = make_event(channel)
    open_ones = EventReminder.objects.filter(event=event, done_at=None)
    assert [reminder.kind for reminder in open_ones] == ["hour_before"]


@pytest.mark.django_db
def test_a_worker_that_was_down_reminds_once_and_not_after_the_beginning(channel: Channel) -> None:
    with clock.hold(NOW) as held:
        guest, late = make_guest(make_event(channel)), make_guest(make_event(channel, title="Kelas Tenun"))
        ShopEvent.objects.filter(pk=late.event_id).update(starts_at=SATURDAY - timedelta(hours=1))
        held.move(days=9, hours=23, minutes=30)
        assert send_due_reminders() == 1
        assert send_due_reminders() == 0
    assert told(guest) == ["Sampai jumpa hari ini pukul 10.00 WIB: *Kelas Batik*."]
    assert told(late) == []


@pytest.mark.django_db
def test_a_moved_event_tells_its_guests_and_reminds_again(channel: Channel) -> None:
    with clock.hold(NOW) as held:
        event = make_event(channel)
        guest, waiting = make_guest(event), make_guest(event)
        Registration.objects.filter(pk=waiting.pk).update(state="waiting", registered_at=None)
        held.move(days=9)
        send_due_reminders()
        moved = change(event, starts_at="2026-12-12T10:00", ends_at="2026-12-12T12:00")
        assert moved.sequence == 1
        assert tell_about_change(event_id=event.pk, sequence=0) == 0, "a later change tells it"
        assert tell_about_change(event_id=event.pk, sequence=1) == 2
        assert tell_about_change(event_id=event.pk, sequence=1) == 0
        held.move(days=7)
        assert send_due_reminders() == 1
    assert told(guest)[1:] == [
        "Mohon dicatat, Kak: *Kelas Batik* berubah. Sekarang menjadi:",
        "Sampai jumpa besok pukul 10.00 WIB: *Kelas Batik*.",
    ]
    notices = Message.objects.filter(text__startswith="Mohon dicatat")
    assert [message.media is not None for message in notices.order_by("contact")] == [True, False]


@pytest.mark.django_db
def test_a_new_title_is_no_news_for_the_guests(channel: Channel) -> None:
    with clock.hold(NOW):
        event = make_event(channel)
        assert change(event, title="Kelas Batik Pemula", description="Untuk pemula").sequence == 0


@pytest.mark.django_db
def test_a_cancelled_event_tells_each_guest_once_and_reminds_none(channel: Channel) -> None:
    with clock.hold(NOW) as held:
        event = make_event(channel, capacity=1)
        guest, waiting = make_guest(event), make_guest(event)
        cancel_event(workspace=channel.workspace, event_id=event.pk, reason="Pengajar sakit")
        assert tell_about_change(event_id=event.pk, sequence=1) == 2
        assert tell_about_change(event_id=event.pk, sequence=1) == 0
        held.move(days=9, hours=23)
        assert send_due_reminders() == 0
    assert told(guest) == told(waiting) == ["Mohon maaf, Kak: *Kelas Batik* dibatalkan."]
    assert "Pengajar sakit" in Message.objects.filter(contact=guest.contact).get().text


@pytest.mark.django_db
def test_more_seats_are_offered_and_fewer_than_taken_refused(channel: Channel) -> None:
    with clock.hold(NOW):
        event = make_event(channel, capacity=1)
        make_guest(event)
        waiting = make_guest(event)
        change(event, capacity="2")
        waiting.refresh_from_db()
        assert waiting.state == "offered"
        form = EventForm(workspace=event.workspace, event=event)
        assert form["capacity"].value() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("is_known", [True, False])
def test_a_restore_repeats_no_reminder(channel: Channel, is_known: bool) -> None:
    """On an empty machine it is unknown which reminders went out since the backup. On the same machine the messages are
    carried over, and their keys refuse a second one."""
    with clock.hold(NOW) as held:
        guest = make_guest(make_event(channel))
        made_at = held.move(days=8, hours=20)
        held.move(hours=5)
        if is_known:
            leave_out_unknown(known={channel.workspace_id})
        else:
            database_restored.send(None, restore=Restore(made_at))
        assert send_due_reminders() == int(is_known)
        held.move(hours=22)
        assert send_due_reminders() == 1, "the next one has not been sent by anybody"
    assert len(told(guest)) == 1 + int(is_known)


@pytest.mark.django_db(transaction=True)
def test_two_workers_remind_each_guest_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "BATCH", 3)
    with clock.hold(NOW) as held:
        channel = make_channel()
        event = make_event(channel)
        guests = [make_guest(event) for _number in range(10)]
        held.move(days=9)
        start = threading.Barrier(2)

        def work() -> None:
            start.wait()
            send_due_reminders()
            connection.close()

        threads = [threading.Thread(target=work) for _number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        send_due_reminders()
    assert [len(told(guest)) for guest in guests] == [1] * 10
