"""Pages of events: members make and change them, guests register, helpers work the door."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar
from tests.guards.visits import taken_back

from wabolt.accounts.models import AuditEntry
from wabolt.accounts.tests.factories import signed_in
from wabolt.channels.models import Channel
from wabolt.lib import clock
from wabolt.lib.public_address import absolute_url
from wabolt.lib.random_codes import ALPHABET
from wabolt.optin.events.public_views import GUESSES
from wabolt.optin.events.queries import at_door, door_path
from wabolt.optin.events.services import cancel_event, check_in
from wabolt.optin.events.tests.conftest import Say
from wabolt.optin.events.tests.factories import make_event, make_guest
from wabolt.optin.models import Entry, OptinSettings, Registration, ShopEvent
from wabolt.optin.rules.codes import make_code
from wabolt.optin.tests.test_protection import opened, solution
from wabolt.optin.tests.test_views import key_in

pytestmark = pytest.mark.django_db
GIVEN = {
    "title": "Kelas Batik",
    "starts_at": "2030-12-05T10:00",
    "ends_at": "2030-12-05T12:00",
    "timezone": "Asia/Makassar",
    "venue": "Jl. Dago 12",
    "capacity": "20",
    "language": "id",
    "colour": "#4f3cc9",
    "question_1": "Ukuran celemek?",
    "choices_1": "S, M, L",
    "required_1": "on",
    "question_3": "Alergi?",
}


@pytest.fixture
def owner(channel: Channel) -> Client:
    return signed_in(channel.workspace)


@pytest.fixture
def event(channel: Channel) -> ShopEvent:
    return make_event(channel, starts_at=clock.now() + timedelta(days=3), capacity=2)


def shown(client: Client, name: str, *arguments: object) -> str:
    answer = client.get(reverse(f"optin:{name}", args=arguments))
    assert answer.status_code == 200, name
    return answer.content.decode()


def test_the_time_zones_are_in_groups_those_of_indonesia_first(owner: Client, channel: Channel) -> None:
    page = shown(owner, "new_event").partition('name="timezone"')[2].partition("</select>")[0]
    assert page.count("<optgroup") > 5
    first = page.partition("</optgroup>")[0]
    assert 'label="Indonesia"' in first
    assert first.count("<option") == 3
    assert '<option value="Asia/Jakarta" selected>' in first


def test_a_member_makes_an_event(channel: Channel, owner: Client) -> None:
    answer = owner.post(reverse("optin:new_event"), {**GIVEN, "channel": channel.pk}, follow=True)
    made = ShopEvent.objects.get()
    assert "Kamis, 5 Des 2030, 10.00–12.00 WITA" in answer.content.decode()
    assert made.starts_at.isoformat() == "2030-12-05T02:00:00+00:00"
    assert [(one["key"], one["choices"], one["required"]) for one in made.questions] == [
        ("own:1", ["S", "M", "L"], True),
        ("own:3", [], False),
    ]
    assert AuditEntry.objects.filter(action="event.create").exists()


def test_a_wrong_value_is_shown_at_its_field_and_the_rest_stays(channel: Channel, owner: Client) -> None:
    wrong_values = (
        {"ends_at": "2030-12-05T09:00"},
        {"starts_at": "2020-12-05T10:00", "ends_at": "2020-12-05T12:00"},
        {"venue": ""},
        {"choices_1": "S"},
        {"active_until": "2031-12-05T10:00"},
        {"starts_at": "besok", "capacity": "0", "timezone": "Mars/Olympus"},
    )
    for wrong in wrong_values:
        answer = owner.post(reverse("optin:new_event"), {**GIVEN, "channel": channel.pk, **wrong})
        assert answer.status_code == 422, wrong
        assert "Alergi?" in answer.content.decode(), wrong
        assert not ShopEvent.objects.exists(), wrong
    assert set(wrong_values[-1]) <= set(answer.context["form"].errors)


def test_the_settings_of_an_event_are_its_own_form(owner: Client, event: ShopEvent) -> None:
    answer = owner.get(reverse("optin:edit", args=[event.point_id]))
    assert answer["Location"] == reverse("optin:edit_event", args=[event.point_id])
    assert "Kelas Batik" in shown(owner, "edit_event", event.point_id)
    assert reverse("optin:event", args=[event.point_id]) in shown(owner, "list")


def test_a_guest_registers_on_the_page(channel: Channel, client: Client, event: ShopEvent, say: Say) -> None:
    address = reverse("optin:join", args=[event.point.slug])
    with clock.skewed(-timedelta(minutes=1)):
        page = client.get(address).content.decode()
    assert "Sisa 2 kursi" in page
    assert "checked" not in page
    answer = client.post(address, {"key": key_in(page), "name": "Ayu Lestari"}, follow=True)
    form = Entry.objects.get()
    html = answer.content.decode()
    link = html.partition('href="https://wa.me/')[2].partition('"')[0].replace("&amp;", "&")
    [text] = parse_qs(urlsplit(f"https://wa.me/{link}").query)["text"]
    assert text == f"Halo, saya mau ikut Kelas Batik. #{form.code}"
    assert not re.search(r"\bAyu\b", html)  # a CSRF token may hold the letters
    say(text)
    ticket = client.get(answer.redirect_chain[-1][0]).content.decode()
    assert "Kursi Kakak sudah aman" in ticket
    assert f"#{form.code}" in ticket
    assert not re.search(r"\bAyu\b", ticket)  # a CSRF token may hold the letters
    calendar = Calendar.from_ical(client.get(reverse("optin:calendar", args=[event.point.slug, form.code])).content)
    assert str(calendar["METHOD"]) == "PUBLISH"


def test_a_guest_registers_with_a_proof_of_work(channel: Channel, client: Client, event: ShopEvent) -> None:
    OptinSettings.objects.create(workspace=channel.workspace, proof_of_work=True)
    page = opened(client, event.point)
    assert page.count('name="altcha"') == 1, "the script fills in one field, and the server reads the last"
    given = {"key": key_in(page), "name": "Ayu Lestari"}
    address = reverse("optin:join", args=[event.point.slug])
    assert client.post(address, given).status_code == 422
    assert client.post(address, {**given, "altcha": solution(client, event.point)}).status_code == 302
    assert Entry.objects.get().answers["name"] == "Ayu Lestari"


def test_the_page_says_full_and_closes_for_strangers_but_not_for_guests(
    channel: Channel, client: Client, event: ShopEvent
) -> None:
    address = reverse("optin:join", args=[event.point.slug])
    guest, _other = make_guest(event), make_guest(event)
    assert "Masuk daftar tunggu" in client.get(address).content.decode()
    with clock.skewed(timedelta(days=3, hours=3)):
        assert client.get(address).status_code == 404
    cancel_event(workspace=channel.workspace, event_id=event.pk, reason="")
    assert client.get(address).status_code == client.post(address, {"name": "Ayu"}).status_code == 404
    assert not Entry.objects.filter(state="pending").exists()
    ticket = client.get(reverse("optin:ticket", args=[event.point.slug, guest.ticket]))
    assert "dibatalkan" in ticket.content.decode()


def test_an_unknown_ticket_looks_like_an_unknown_page(client: Client, event: ShopEvent) -> None:
    answers = [
        client.get(reverse("optin:ticket", args=[slug, code]))
        for slug, code in ((event.point.slug, "ABCDEFGH"), ("nothere1", "ABCDEFGH"), (event.point.slug, "x"))
    ]
    assert {answer.status_code for answer in answers} == {404}


def test_who_guessed_many_tickets_gets_no_right_one(
    client: Client, event: ShopEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(GUESSES, per_address=2)
    monkeypatch.setattr("wabolt.optin.events.public_views.GUESSES", limits)
    ticket = make_guest(event).ticket
    first, *others = ALPHABET
    guesses = [make_code(f"{first}{one}2222") for one in others[: limits.per_address + 1]]
    for place, page in enumerate(("ticket", "calendar")):
        visitor = {"REMOTE_ADDR": f"198.51.100.{place}"}
        right = reverse(f"optin:{page}", args=[event.point.slug, ticket])
        for guess in guesses[: limits.per_address]:
            assert client.get(right, **visitor).status_code == 200
            wrong = reverse(f"optin:{page}", args=[event.point.slug, guess])
            assert client.get(wrong, **visitor).status_code == 404
        last = reverse("optin:ticket", args=[event.point.slug, guesses[-1]])
        assert client.get(last, **visitor).status_code == 429
        assert client.get(right, **visitor).status_code == 429
        assert client.get(right, REMOTE_ADDR="203.0.113.1").status_code == 200


def test_a_helper_checks_a_guest_in_and_takes_it_back(channel: Channel, event: ShopEvent) -> None:
    guest = make_guest(event, name="Ayu Lestari")
    helper = signed_in(channel.workspace, "agent")
    door = reverse("optin:door", args=[event.point_id])
    assert "Ayu Lestari" in helper.get(door, {"q": "lestari"}).content.decode()
    said = helper.post(reverse("optin:check_in", args=[event.point_id, guest.pk]), follow=True).content.decode()
    assert "Ayu Lestari sudah hadir" in said
    guest.refresh_from_db()
    assert guest.checked_in_at is not None
    undo = reverse("optin:undo_check_in", args=[event.point_id, guest.pk])
    helper.post(undo, {"seen": (guest.checked_in_at - timedelta(seconds=1)).isoformat()})
    assert Registration.objects.get().checked_in_at, "another helper's check-in stays"
    helper.post(undo, {"seen": guest.checked_in_at.isoformat()})
    assert not Registration.objects.get().checked_in_at
    done = [check_in(workspace=channel.workspace, registration_id=guest.pk, by=None).changed for _time in range(2)]
    assert done == [True, False], "two helpers at once"
    assert AuditEntry.objects.filter(action="event.undo_check_in").count() == 1


def test_a_guest_is_found_at_the_door(channel: Channel, owner: Client, event: ShopEvent, say: Say) -> None:
    say(f"#{event.point.placements.get().code}", "+6281398765432")
    guest = Registration.objects.get()
    Registration.objects.update(name="Siti Nur")
    make_guest(event, name="Budi")
    texts = {
        "ticket": guest.ticket.lower(),
        "address": f"https://toko.example/m/{event.point.slug}/t/{guest.ticket}/",
        "digits": "5432",
        "local number": "0813-9876-5432",
        "name": "siti",
    }
    for how, text in texts.items():
        html = owner.get(reverse("optin:door", args=[event.point_id]), {"q": text}).content.decode()
        assert "Siti Nur" in html, how
        assert "Budi" not in html, how


def test_a_helper_without_an_account_cannot_find_out_a_number(event: ShopEvent, say: Say) -> None:
    say(f"#{event.point.placements.get().code}", "+6281398765432")
    for digits in ("432", "5432", "65432", "765432", "081398765432"):
        assert at_door(event, digits, is_member=True), digits
        assert bool(at_door(event, digits, is_member=False)) == (digits == "5432"), digits


def test_who_waits_is_not_checked_in(owner: Client, event: ShopEvent) -> None:
    *_seated, waiting = (make_guest(event) for _number in range(3))
    said = owner.post(reverse("optin:check_in", args=[event.point_id, waiting.pk]), follow=True).content.decode()
    assert "belum punya kursi" in said
    assert not Registration.objects.filter(checked_in_at__isnull=False).exists()


def test_the_door_asks_the_database_the_same_for_one_and_for_many(
    owner: Client, event: ShopEvent, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    for number in range(2):
        make_guest(event, name=f"Ayu {number}")
    for route in ("door", "event"):
        with django_assert_max_num_queries(40):
            owner.get(reverse(f"optin:{route}", args=[event.point_id]), {"q": "ayu"})


def test_a_poll_of_the_door_without_a_change_is_empty(owner: Client, event: ShopEvent) -> None:
    guest = make_guest(event)
    ask = {"HX-Request": "true", "HX-Target": "door-counts"}
    address = reverse("optin:door", args=[event.point_id])
    first = owner.get(address, headers=ask)
    assert "dari 1 tamu" in first.content.decode()
    again = owner.get(address, headers={**ask, "If-None-Match": first["ETag"]})
    assert again.status_code == 304
    check_in(workspace=event.workspace, registration_id=guest.pk, by=None)
    assert owner.get(address, headers={**ask, "If-None-Match": first["ETag"]}).status_code == 200


def test_after_the_event_its_page_leads_to_those_who_did_not_come(owner: Client, event: ShopEvent) -> None:
    came, _missed = make_guest(event, name="Ayu"), make_guest(event, name="Budi")
    check_in(workspace=event.workspace, registration_id=came.pk, by=None)
    with clock.skewed(timedelta(days=4)):
        html = shown(owner, "event", event.point_id)
        missed = owner.get(reverse("optin:event", args=[event.point_id]), {"list": "missed"}).content.decode()
    assert "missed+event" in html
    assert "Budi" in missed


def test_no_person_is_invited_to_a_past_event(owner: Client, event: ShopEvent) -> None:
    invitation = ("Undang orang", reverse("optin:kit", args=[event.point_id]), "pengingat sehari sebelumnya")
    before = shown(owner, "event", event.point_id)
    assert all(part in before for part in invitation)
    starts = clock.now() - timedelta(days=2)
    with taken_back(owner):
        ShopEvent.objects.update(starts_at=starts, ends_at=starts + timedelta(hours=2))
        over = shown(owner, "event", event.point_id)
    cancel_event(workspace=event.workspace, event_id=event.pk, reason="Hujan")
    cancelled = shown(owner, "event", event.point_id)
    for after in (over, cancelled):
        assert not [part for part in invitation if part in after]
        assert reverse("optin:detail", args=[event.point_id]) in after


def test_a_member_gives_and_cancels_seats(owner: Client, event: ShopEvent) -> None:
    first, _second, waiting = (make_guest(event) for _number in range(3))
    change = reverse("optin:change_registration", args=[event.point_id, waiting.pk])
    assert "Semua kursi terisi" in owner.post(change, {"do": "give"}, follow=True).content.decode()
    owner.post(reverse("optin:change_registration", args=[event.point_id, first.pk]), {"do": "cancel"})
    owner.post(change, {"do": "give"})
    waiting.refresh_from_db()
    assert waiting.state == "registered"


def test_cancelling_an_event_says_how_many_are_told(owner: Client, event: ShopEvent) -> None:
    make_guest(event)
    assert "Batalkan dan kabari 1 tamu" in shown(owner, "cancel_event", event.point_id)
    owner.post(reverse("optin:cancel_event", args=[event.point_id]), {"reason": "Hujan"})
    event.refresh_from_db()
    assert event.cancel_reason == "Hujan"
    assert "Dibatalkan" in shown(owner, "event", event.point_id)


@pytest.mark.parametrize("is_member", [True, False])
def test_a_scan_checks_in_once_and_says_what_it_refuses(
    owner: Client, event: ShopEvent, client: Client, is_member: bool
) -> None:
    guest, cancelled = make_guest(event, name="Ayu Lestari"), make_guest(event, name="Budi")
    other = make_guest(make_event(event.point.channel), name="Citra")
    Registration.objects.filter(pk=cancelled.pk).update(state="cancelled")
    owner.post(reverse("optin:door_link", args=[event.point_id]), {"do": "open"})
    event.refresh_from_db()
    address = reverse("optin:scan_ticket", args=[event.point_id]) if is_member else f"{door_path(event)}scan/"

    def scan(text: str) -> str:
        return (owner if is_member else client).post(address, {"text": text}).content.decode()

    with clock.skewed(timedelta(days=2, hours=12)):
        ticket = f"https://wa.toko.id/m/{event.point.slug}/t/{guest.ticket}/"
        assert "Ayu Lestari" in (first := scan(ticket))
        assert f"{guest.pk}/undo/" in first
        again = scan(f"#{guest.ticket.lower()}")
        assert "sudah hadir sejak" in again
        assert "/undo/" not in again, "another helper's check-in is not taken back by a scan"
        assert "belum punya kursi" in scan(cancelled.ticket)
        paths = [f"/m/{one.point.slug}/t/{other.ticket}/" for one in (other.event, event)]
        for text in [*paths, other.ticket]:
            assert "bukan untuk acara ini" in (said := scan(text))
            assert "Citra" not in said
        for text in ("", "https://wa.me/62812", "\x00\u202e", "9" * 100_000, "<script>alert(1)</script>"):
            assert "bukan kode peserta" in (said := scan(text))
            assert "<script>" not in said
    assert list(Registration.objects.exclude(checked_in_at=None)) == [guest]
    assert client.post(reverse("optin:scan_ticket", args=[event.point_id])).status_code in {302, 403}
    assert client.post(f"/m/{event.point.slug}/door/wrong/scan/", {"text": guest.ticket}).status_code == 404


def test_a_helper_without_an_account_checks_in_and_sees_nothing_else(
    owner: Client, event: ShopEvent, client: Client
) -> None:
    guest, other = make_guest(event, name="Ayu Lestari"), make_guest(make_event(event.point.channel), name="Budi")
    owner.post(reverse("optin:door_link", args=[event.point_id]), {"do": "open"})
    event.refresh_from_db()
    door = door_path(event)
    assert absolute_url(door) in shown(owner, "event", event.point_id)
    assert client.get(door).status_code == 404, "the event is in three days"
    with clock.skewed(timedelta(days=2, hours=12)):
        html = client.get(door, {"q": "ayu"}).content.decode()
        assert f"{door}{guest.pk}/in/" in html
        assert "/contacts/" not in html
        client.post(f"{door}{guest.pk}/in/")
        guest.refresh_from_db()
        assert guest.checked_in_at
        assert client.post(f"{door}{other.pk}/in/").status_code == 404, "a guest of another event"
        client.post(f"{door}{guest.pk}/undo/", {"seen": guest.checked_in_at.isoformat()})
        assert AuditEntry.objects.get(action="event.undo_check_in").actor == "Penjaga pintu"
        assert client.get(reverse("optin:door", args=[event.point_id])).status_code == 302
        owner.post(reverse("optin:door_link", args=[event.point_id]), {"do": "close"})
        assert client.get(door).status_code == 404
        owner.post(reverse("optin:door_link", args=[event.point_id]), {"do": "open"})
        assert client.get(door).status_code == 404, "the earlier link stays ended"
    guest.refresh_from_db()
    assert not guest.checked_in_at


def test_a_box_that_is_unticked_after_the_back_button_gives_no_permission(
    channel: Channel, client: Client, event: ShopEvent
) -> None:
    given = {"key": key_in(opened(client, event.point)), "name": "Ayu Lestari"}
    address = reverse("optin:join", args=[event.point.slug])
    client.post(address, {**given, "marketing": "on"})
    assert Entry.objects.get().marketing
    client.post(address, given)
    assert not Entry.objects.get().marketing
