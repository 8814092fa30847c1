"""Registering by message: the customer's own message takes the seat, and promotions are a question of their own."""

from datetime import timedelta

import pytest

from wabolt.channels.models import Channel
from wabolt.consent.queries import consent_of
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.media.queries import media_bytes
from wabolt.messaging.models import Message
from wabolt.messaging.services import Draft, queue_messages
from wabolt.optin.events.services import cancel_event, cancel_registration, expire_offers
from wabolt.optin.events.tests.conftest import Say
from wabolt.optin.events.tests.factories import SATURDAY, make_event, make_guest
from wabolt.optin.models import Entry, Placement, Registration, ShopEvent
from wabolt.optin.rules.events import means_cancel
from wabolt.optin.services import Submission, close_point, submit_entry

AYU, BUDI, CITRA = "+6281399900001", "+6281399900002", "+6281399900003"
State = Registration.State
NOW = SATURDAY - timedelta(days=10)
pytestmark = pytest.mark.django_db


def placement(event: ShopEvent) -> Placement:
    found: Placement = event.point.placements.get()
    return found


def fill_in(event: ShopEvent, *, marketing: bool = False, **answers: str) -> Entry:
    return submit_entry(placement=placement(event), submission=Submission(marketing=marketing, answers=answers))


def contact(phone: str = AYU) -> Contact:
    return Contact.objects.get(identities__value=phone)


def answers(phone: str = AYU) -> list[Message]:
    sent = Message.objects.filter(contact=contact(phone), direction="outbound", origin_kind="event")
    return list(sent.order_by("pk"))


def phones(number: int) -> list[str]:
    return [f"+62813999{place:05}" for place in range(number)]


def sent() -> None:
    """All queued messages were sent now."""
    Message.objects.filter(state="queued").update(state="sent", sent_at=clock.now())


def registration(phone: str = AYU) -> Registration:
    return Registration.objects.get(contact=contact(phone))


def test_a_form_takes_no_seat_and_the_message_does(channel: Channel, say: Say) -> None:
    with clock.hold(NOW):
        event = make_event(channel, capacity=1, questions=[{"key": "own:1", "label": "Ukuran?", "choices": ["S", "M"]}])
        first = fill_in(event, name="Ayu Lestari", **{"own:1": "M"})
        second = fill_in(event, name="Budi")
        assert not Registration.objects.exists()
        say(f"{event.point.greeting} #{second.code}", BUDI)
        say(f"{event.point.greeting} #{first.code}")
    assert (registration(BUDI).state, registration().state) == (State.REGISTERED, State.WAITING)
    [welcome], [wait] = answers(BUDI), answers()
    assert welcome.text.startswith("Kakak terdaftar di *Kelas Batik*.")
    assert "Sabtu, 5 Des 2026, 10.00–12.00 WIB" in welcome.text
    assert str(second.code) in welcome.text
    assert "Budi" not in welcome.text, "nothing that a stranger typed is echoed"
    assert "nomor 1 di daftar tunggu" in wait.text
    assert contact().name == "Ayu Lestari"
    assert registration().entry.answers["own:1"] == "M"


def test_the_confirmation_brings_a_calendar_file(channel: Channel, say: Say) -> None:
    with clock.hold(NOW):
        event = make_event(channel, title="Kelas Batik: tulis & cap")
        say(f"#{fill_in(event, name='Ayu').code}")
    [welcome] = answers()
    assert welcome.media is not None
    assert (welcome.media.kind, welcome.media.mime_type) == ("document", "text/calendar")
    assert welcome.media.name.endswith(".ics")
    assert b"METHOD:PUBLISH" in media_bytes(channel.workspace, welcome.media.pk)


def test_registering_is_no_permission_for_promotions(channel: Channel, say: Say) -> None:
    with clock.hold(NOW):
        event = make_event(channel)
        ticked, unticked = (fill_in(event, name="Ayu", marketing=ticked) for ticked in (True, False))
        say(together={AYU: f"#{ticked.code}", BUDI: f"#{unticked.code}", CITRA: f"#{placement(event).code}"})
    states = {phone: consent_of(channel.workspace, contact(phone).pk).state for phone in (AYU, BUDI, CITRA)}
    assert {registration(phone).state for phone in states} == {State.REGISTERED}
    assert states == {AYU: "granted", BUDI: None, CITRA: None}


def test_a_stop_after_the_form_grants_nothing(channel: Channel, say: Say) -> None:
    with clock.hold(NOW) as held:
        event = make_event(channel)
        form = fill_in(event, name="Ayu", marketing=True)
        say("JOIN")
        say("STOP")
        held.move(minutes=-1)
        say(f"#{form.code}")
    assert registration().state == State.REGISTERED
    assert consent_of(channel.workspace, contact().pk).state == "withdrawn"


def test_the_code_of_a_poster_leads_to_required_questions(channel: Channel, say: Say) -> None:
    with clock.hold(NOW):
        event = make_event(channel, questions=[{"key": "own:1", "label": "Ukuran?", "choices": [], "required": True}])
        say(f"#{placement(event).code}")
    assert not Registration.objects.exists()
    assert f"/m/{event.point.slug}/" in answers()[0].text


def test_a_second_message_takes_no_second_seat(channel: Channel, say: Say) -> None:
    with clock.hold(NOW):
        event = make_event(channel, capacity=2)
        for _time in range(3):
            say(f"#{placement(event).code}")
    assert Registration.objects.count() == 1
    assert len(answers()) == 2, "the confirmation, and one repetition a day"


def test_the_form_of_another_person_registers_no_guest(channel: Channel, say: Say) -> None:
    with clock.hold(NOW):
        form = fill_in(make_event(channel), name="Ayu")
        say(f"#{form.code}")
        say(f"#{form.code}", BUDI)
    assert Registration.objects.count() == 1


def test_who_filled_in_the_form_and_comes_too_late_is_told_why(channel: Channel, say: Say) -> None:
    """A person without a form is told no more than about a code that does not exist (test_gone.py)."""
    words = {"cancelled": "dibatalkan", "closed": "sudah ditutup", "over": "sudah selesai", "early": "dibuka Jumat"}
    people = dict(zip(words, phones(len(words)), strict=True))
    with clock.hold(NOW) as held:
        later = {"early": {"active_from": SATURDAY - timedelta(days=1)}}
        events = {why: make_event(channel, title=why, point=later.get(why, {})) for why in words}
        codes = {why: fill_in(event, name="Ayu").code for why, event in events.items() if why != "early"}
        codes["early"] = placement(events["early"]).code
        cancel_event(workspace=channel.workspace, event_id=events["cancelled"].pk)
        say(together={people[why]: f"#{codes[why]}" for why in ("cancelled", "early")})
        close_point(workspace=channel.workspace, point_id=events["closed"].point_id)
        held.move(days=10, hours=1)  # until the event begins, the form still registers
        say(f"#{codes['closed']}", people["closed"])
        held.move(days=1)
        say(f"#{codes['over']}", people["over"])
    assert not Registration.objects.exists()
    untold = [why for why, phone in people.items() if words[why] not in answers(phone)[0].text]
    assert not untold


def test_a_form_that_was_sent_in_time_registers_after_the_closing(channel: Channel, say: Say) -> None:
    with clock.hold(NOW):
        event = make_event(channel)
        form = fill_in(event, name="Ayu")
        close_point(workspace=channel.workspace, point_id=event.point_id)
        say(f"#{form.code}")
    assert registration().state == State.REGISTERED


def test_a_guest_cancels_by_a_word(channel: Channel, say: Say) -> None:
    """Other cancellations are left to a member."""
    cancels = ("BATAL", "batal kak", "Maaf kak, gak jadi datang 🙏", "cancel")
    others = ("batalkan pesanan saya", "batal?", "kak batal puasa jam berapa", "ga jadi beli ya")
    people = dict(zip(phones(len(cancels) + len(others)), [*cancels, *others], strict=True))
    with clock.hold(NOW):
        event = make_event(channel, capacity=len(people))
        say(together=dict.fromkeys(people, f"#{placement(event).code}"))
        waiting = [make_guest(event) for _text in people]
        say(together=people)
    for phone, text in people.items():
        assert registration(phone).state == (State.CANCELLED if text in cancels else State.REGISTERED), text
        if text in cancels:
            goodbye = answers(phone)[-1]
            assert "sudah dibatalkan" in goodbye.text
            assert goodbye.media is not None
            assert b"METHOD:CANCEL" in media_bytes(channel.workspace, goodbye.media.pk)
    assert not [text for text in others if means_cancel(text)]
    states = Registration.objects.filter(pk__in=[one.pk for one in waiting]).order_by("pk")
    expected = [State.OFFERED] * len(cancels) + [State.WAITING] * len(others)
    assert list(states.values_list("state", flat=True)) == expected


def test_a_guest_of_two_events_is_asked_which(channel: Channel, say: Say) -> None:
    with clock.hold(NOW):
        one, other = make_event(channel), make_event(channel, title="Kelas Tenun")
        for event in (one, other):
            say(f"#{placement(event).code}")
        say("BATAL")
        assert Registration.objects.filter(state=State.REGISTERED).count() == 2
        question = answers()[-1].text
        ticket = Registration.objects.get(event=other).ticket
        assert f"BATAL #{ticket}" in question
        say(f"batal #{ticket.lower()}")
    assert Registration.objects.get(event=other).state == State.CANCELLED
    assert Registration.objects.get(event=one).state == State.REGISTERED


def test_cancel_in_a_chat_about_something_else_is_asked_about(channel: Channel, say: Say) -> None:
    with clock.hold(NOW):
        say(f"#{placement(make_event(channel)).code}")
        Message.objects.filter(origin_kind="event").update(origin_kind="reply")
        say("BATAL")
    assert registration().state == State.REGISTERED
    assert "Pendaftaran mana" in answers()[-1].text


def test_yes_takes_the_offered_seat_and_no_passes_it_on(channel: Channel, say: Say) -> None:
    with clock.hold(NOW) as held:
        event = make_event(channel, capacity=1)
        seated = make_guest(event)
        for phone in (AYU, BUDI):
            held.move(minutes=1)
            say(f"#{placement(event).code}", phone)
        cancel_registration(workspace=channel.workspace, registration_id=seated.pk)
        assert "Balas YA" in answers()[-1].text
        sent()
        say("tidak")
        assert (registration().state, registration(BUDI).state) == (State.LAPSED, State.OFFERED)
        say("Ya kak", BUDI)
        assert registration(BUDI).state == State.OFFERED, "the offer was not sent yet"
        sent()
        say("Ya kak", BUDI)
    assert registration(BUDI).state == State.REGISTERED
    assert answers(BUDI)[-1].text.startswith("Kakak terdaftar")
    assert consent_of(channel.workspace, contact(BUDI).pk).state is None


def test_yes_to_something_else_takes_no_seat(channel: Channel, say: Say) -> None:
    with clock.hold(NOW) as held:
        event = make_event(channel, capacity=1)
        seated = make_guest(event)
        say(f"#{placement(event).code}")
        cancel_registration(workspace=channel.workspace, registration_id=seated.pk)
        question = Draft(purpose="service", origin_kind="reply", key="q", text="Jadi kirim hari ini, Kak?")
        queue_messages(workspace=channel.workspace, channel=channel, contact_ids=[contact().pk], draft=question)
        sent()
        say("ya")
        assert registration().state == State.OFFERED
        say(f"ya #{registration().ticket}")
        assert registration().state == State.REGISTERED
        held.move(days=2)
        assert expire_offers() == 0


def test_a_cancelled_guest_comes_back_with_the_same_ticket(channel: Channel, say: Say) -> None:
    with clock.hold(NOW):
        event = make_event(channel)
        form = fill_in(event, name="Ayu")
        say(f"#{form.code}")
        say("batal")
        say(f"#{form.code}")
    assert registration().state == State.REGISTERED
    assert registration().ticket == form.code
    assert registration().sequence == 2
