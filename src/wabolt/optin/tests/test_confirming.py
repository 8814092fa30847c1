"""Joining by a message with a code: the message is the evidence, and nothing is granted in doubt."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.commerce.models import Order, Voucher
from wabolt.consent.models import Consent, ConsentEvent
from wabolt.consent.queries import consent_of, current_wording
from wabolt.consent.rules import STOP_WORDS
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.services import create_field
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Message
from wabolt.messaging.services import process_raw_events, work_lane_once
from wabolt.optin.models import Entry, EntryPoint
from wabolt.optin.reports import Result, point_report
from wabolt.optin.services import (
    Submission,
    add_placement,
    close_point,
    delete_expired_entries,
    submit_entry,
    update_point,
)
from wabolt.optin.services.points import PointDraft
from wabolt.optin.tests.factories import code_of, make_point

AYU, BUDI = "+6281200000001", "+6281200000002"
_messages = iter(range(10**9))


@pytest.fixture
def channel(db: None, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel()
    create_defaults(workspace=channel.workspace)
    return channel


@pytest.fixture
def point(channel: Channel) -> EntryPoint:
    return make_point(channel)


def say(channel: Channel, text: str, phone: str = AYU) -> None:
    say_together(channel, {phone: text})


def say_together(channel: Channel, texts: dict[str, str]) -> None:
    """Messages by phone that arrive in one batch."""
    for phone, text in texts.items():
        World.of(channel).tell_message(phone, text, f"join-{next(_messages)}")
    ScriptedProvider(channel).collect(1000)
    process_raw_events(channel)


def phones(number: int) -> list[str]:
    return [f"+62812111{place:05}" for place in range(number)]


def contact(phone: str = AYU) -> Contact:
    return Contact.objects.get(identities__value=phone)


def answers() -> list[str]:
    sent = Message.objects.filter(direction="outbound", origin_kind="entry_point").order_by("pk")
    return list(sent.values_list("text", flat=True))


def state(channel: Channel, phone: str = AYU) -> str | None:
    return consent_of(channel.workspace, contact(phone).pk).state


def test_the_message_is_the_evidence(channel: Channel, point: EntryPoint) -> None:
    say(channel, f"{point.greeting} #{code_of(point)}")
    entry = ConsentEvent.objects.get(contact=contact())
    message = Message.objects.get(direction="inbound")
    assert (entry.action, entry.source, entry.wording) == ("granted", "entry_point", point.marketing_wording)
    assert entry.evidence["message"] == message.pk
    assert entry.evidence["entry_point"] == point.pk
    joined = Entry.objects.get()
    assert (joined.state, joined.message_id, joined.newly_granted) == ("confirmed", message.pk, True)
    assert Event.objects.filter(contact=contact(), kind="entry_point_joined").count() == 1
    assert len(answers()) == 1


def test_a_second_message_joins_no_person_twice(channel: Channel, point: EntryPoint) -> None:
    for _time in range(3):
        say(channel, f"JOIN #{code_of(point)}")
    assert Entry.objects.count() == 1
    assert ConsentEvent.objects.count() == 1
    assert len(answers()) == 2  # the welcome, and one "already on the list" a day


def test_a_form_waits_for_the_message_of_the_customer(channel: Channel) -> None:
    create_field(workspace=channel.workspace, label="Ukuran", kind="choice", choices=["S", "M"])
    point = make_point(channel, kind="form", tags=["Instagram"], fields={"ukuran": "M"})
    answers_given = {"name": "Ayu Lestari", "city": "bandung", "field:ukuran": "S"}
    form = submit_entry(placement=point.placements.get(), submission=Submission(marketing=True, answers=answers_given))
    assert not Contact.objects.exists()
    assert not Message.objects.exists()
    say(channel, f"Halo kak, kode saya {form.code} 🙏")
    person = contact()
    assert (person.name, person.city, person.fields) == ("Ayu Lestari", "Bandung", {"ukuran": "S"})
    assert [tag.name for tag in person.tags.all()] == ["Instagram"]
    assert state(channel) == "granted"
    form.refresh_from_db()
    assert (form.state, form.contact) == ("confirmed", person)
    assert "Ayu" not in answers()[0]


def test_a_box_that_is_not_ticked_grants_nothing(channel: Channel) -> None:
    point = make_point(channel, kind="form", service_wording="")
    form = submit_entry(placement=point.placements.get(), submission=Submission(service=True))
    say(channel, f"#{form.code}")
    assert list(Consent.objects.values_list("purpose", "state")) == [("service", "granted")]
    assert state(channel) is None


def test_a_typing_error_is_asked_about(channel: Channel, point: EntryPoint) -> None:
    code = code_of(point)
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    say(channel, f"JOIN #{wrong}")
    assert state(channel) is None
    assert f"#{code}" in answers()[0]
    work_lane_once(channel)
    say(channel, "Ya kak")
    assert state(channel) == "granted"
    evidence = ConsentEvent.objects.get().evidence
    assert evidence["entry_point"] == point.pk


def test_two_codes_are_left_to_a_member(channel: Channel, point: EntryPoint) -> None:
    other = make_point(channel, name="Kasir Setiabudi")
    say(channel, f"#{code_of(point)} #{code_of(other)}")
    assert state(channel) is None
    assert answers() == []


def test_a_closed_entry_point_grants_nothing(channel: Channel, point: EntryPoint) -> None:
    close_point(workspace=channel.workspace, point_id=point.pk)
    say(channel, f"JOIN #{code_of(point)}")
    assert state(channel) is None
    assert "JOIN" in answers()[0]
    with pytest.raises(DomainError, match=r"closed|ditutup"):
        submit_entry(placement=EntryPoint.objects.get().placements.get(), submission=Submission(marketing=True))


def test_stop_wins_over_an_older_message(channel: Channel, point: EntryPoint) -> None:
    say(channel, "STOP")
    early = clock.now() - timedelta(hours=1)
    World.of(channel).tell_message(AYU, f"#{code_of(point)}", "late", at=early)
    ScriptedProvider(channel).collect(10)
    process_raw_events(channel)
    assert state(channel) == "withdrawn"
    say(channel, f"#{code_of(point)}")
    assert state(channel) == "granted"


def test_the_voucher_comes_once(channel: Channel) -> None:
    point = make_point(channel, voucher_percent=10)
    say(channel, f"#{code_of(point)}")
    say(channel, "STOP")
    say(channel, f"#{code_of(point)}")
    voucher = Voucher.objects.get()
    assert all(voucher.code in text for text in answers())


def test_a_code_of_another_workspace_is_only_a_message(channel: Channel, point: EntryPoint) -> None:
    elsewhere = make_channel(phone="+6281100000009")
    say(elsewhere, f"#{code_of(point)}")
    assert not Entry.objects.exists()


def test_a_changed_wording_leaves_the_shop_text_and_old_entries_alone(channel: Channel, point: EntryPoint) -> None:
    say(channel, f"#{code_of(point)}")
    draft = PointDraft(
        kind="qr", name="Kasir", channel=channel, wording="Saya mau info koleksi baru. Balas STOP untuk berhenti."
    )
    changed = update_point(workspace=channel.workspace, point_id=point.pk, draft=draft)
    assert changed.marketing_wording != point.marketing_wording
    assert Entry.objects.get().marketing_wording == point.marketing_wording
    assert current_wording(channel.workspace) in {None, point.marketing_wording}


def test_forms_that_wait_too_long_are_deleted(channel: Channel) -> None:
    point = make_point(channel, kind="form")
    form = submit_entry(
        placement=point.placements.get(), submission=Submission(marketing=True, answers={"name": "Ayu"})
    )
    assert delete_expired_entries() == 0
    Entry.objects.filter(pk=form.pk).update(created_at=clock.now() - timedelta(days=31))
    assert delete_expired_entries() == 1


def test_the_database_refuses_a_confirmation_without_a_message(channel: Channel, point: EntryPoint) -> None:
    say(channel, f"#{code_of(point)}")
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.update(message_id=None)


def test_codes_of_a_workspace_are_far_apart(channel: Channel, point: EntryPoint) -> None:
    first = add_placement(workspace=channel.workspace, point=point, branch="Dago", medium="poster", staff="Rina")
    again = add_placement(workspace=channel.workspace, point=point, branch=" Dago ", medium="poster", staff="Rina")
    other = add_placement(workspace=channel.workspace, point=point, branch="Dago", medium="poster", staff="Sari")
    assert first == again
    assert first.code != other.code


@pytest.mark.parametrize("greeting", ["STOP", "stop promo ya kak"])
def test_a_greeting_must_not_stop_promotions(channel: Channel, greeting: str) -> None:
    with pytest.raises(DomainError) as refused:
        make_point(channel, greeting=greeting)
    assert refused.value.field == "greeting"


def test_a_stop_with_a_code_never_joins(channel: Channel, point: EntryPoint) -> None:
    marks = [(is_marked, code_of(point) if not is_marked else f"#{code_of(point)}") for is_marked in (True, False)]
    said = [
        (is_marked, f"{word} {code}" if number % 2 else f"{code} {word.lower()} ya kak")
        for is_marked, code in marks
        for number, word in enumerate(STOP_WORDS)
    ]
    people = dict(zip(phones(len(said)), said, strict=True))
    say_together(channel, {phone: text for phone, (_is_marked, text) in people.items()})
    found = dict(Consent.objects.values_list("contact__identities__value", "state"))
    expected = {phone: "withdrawn" if is_marked else None for phone, (is_marked, _text) in people.items()}
    wrong = {people[phone][1]: found.get(phone) for phone, state in expected.items() if found.get(phone) != state}
    assert not wrong
    for phone, (is_marked, code) in zip((AYU, BUDI), marks, strict=True):
        say(channel, f"JOIN {code}", phone)
        assert state(channel, phone) == "granted"
        say(channel, f"{code} stop ya kak", phone)
        refusal = consent_of(channel.workspace, contact(phone).pk).refusal
        assert refusal == ("opted_out" if is_marked else "stop_doubt")


def test_a_negation_around_the_code_is_left_to_a_member(channel: Channel, point: EntryPoint) -> None:
    said = ("tidak mau {}", "{} bukan saya", "batal {}", "salah kirim {}", "gak jadi #{}", "{} no")
    texts = [text.format(code_of(point)) for text in said]
    say_together(channel, dict(zip(phones(len(texts)), texts, strict=True)))
    assert Message.objects.filter(direction="inbound").count() == len(said)
    assert not Consent.objects.exists()
    assert answers() == []


def test_only_the_next_message_answers_the_question(channel: Channel, point: EntryPoint) -> None:
    code = code_of(point)
    for text in (f"JOIN #{code[:-1]}{'2' if code[-1] != '2' else '3'}", None, "ok"):
        say_together(channel, {AYU: text or "STOP", BUDI: text or "berapa harga baju?"})
    assert len(answers()) == 2, "both were asked"
    assert (state(channel, AYU), state(channel, BUDI)) == ("withdrawn", None)


def test_the_code_of_a_used_form_joins_no_other_person(channel: Channel) -> None:
    point = make_point(channel, kind="form", voucher_percent=10, service_wording="")
    form = submit_entry(placement=point.placements.get(), submission=Submission(service=True, answers={"name": "Ayu"}))
    say(channel, f"#{form.code}", AYU)
    say(channel, f"#{form.code}", BUDI)
    assert state(channel, BUDI) is None
    assert contact(AYU).name == "Ayu"
    assert Entry.objects.count() == 1
    assert Voucher.objects.count() == 1
    assert f"/m/{point.slug}/" in answers()[-1]


def test_a_confirmed_form_of_a_closed_way_in_does_not_join_again(channel: Channel) -> None:
    point = make_point(channel, kind="form")
    form = submit_entry(placement=point.placements.get(), submission=Submission(marketing=True))
    close_point(workspace=channel.workspace, point_id=point.pk)
    say(channel, f"#{form.code}")
    assert state(channel) == "granted"
    say(channel, "STOP")
    say(channel, f"#{form.code}")
    assert state(channel) == "withdrawn"


def test_joining_again_agrees_to_the_present_text(channel: Channel, point: EntryPoint) -> None:
    say(channel, f"#{code_of(point)}")
    say(channel, "STOP")
    draft = PointDraft(
        kind="qr", name="Kasir", channel=channel, wording="Info koleksi baru. Balas STOP untuk berhenti."
    )
    changed = update_point(workspace=channel.workspace, point_id=point.pk, draft=draft)
    say(channel, f"#{code_of(point)}")
    assert ConsentEvent.objects.latest("seq").wording == changed.marketing_wording
    assert Entry.objects.get().marketing_wording == changed.marketing_wording


def test_a_member_without_promotions_gets_one_welcome(channel: Channel) -> None:
    point = make_point(channel, kind="form", service_wording="")
    form = submit_entry(placement=point.placements.get(), submission=Submission(service=True))
    for _time in range(4):
        say(channel, f"#{form.code}")
    assert len(answers()) == 2
    assert Event.objects.filter(kind="entry_point_joined").count() == 1
    say(channel, f"#{code_of(point)}")
    assert state(channel) == "granted"


def test_the_code_of_a_form_next_to_the_code_of_its_placement_joins(channel: Channel) -> None:
    point = make_point(channel, kind="form")
    form = submit_entry(placement=point.placements.get(), submission=Submission(marketing=True))
    say(channel, f"#{code_of(point)} #{form.code}")
    assert state(channel) == "granted"


def test_an_old_voucher_is_not_sent_again(channel: Channel) -> None:
    point = make_point(channel, voucher_percent=10)
    say(channel, f"#{code_of(point)}")
    Voucher.objects.update(valid_until=clock.now() - timedelta(days=1))
    say(channel, "STOP")
    say(channel, f"#{code_of(point)}")
    assert Voucher.objects.get().code not in answers()[-1]


def test_the_name_that_the_shop_wrote_stays(channel: Channel) -> None:
    say(channel, "Halo")
    Contact.objects.update(name="Bu Ayu (VIP)")
    point = make_point(channel, kind="form")
    form = submit_entry(
        placement=point.placements.get(), submission=Submission(marketing=True, answers={"name": "Ayu"})
    )
    say(channel, f"#{form.code}")
    assert contact().name == "Bu Ayu (VIP)"


def test_who_comes_back_stays_with_the_first_poster_and_its_orders(channel: Channel, point: EntryPoint) -> None:
    rina = add_placement(workspace=channel.workspace, point=point, medium="poster", staff="Rina")
    sari = add_placement(workspace=channel.workspace, point=point, medium="poster", staff="Sari")
    say(channel, f"#{rina.code}")
    Order.objects.create(
        workspace=channel.workspace, contact=contact(), number="1", ordered_at=clock.now(), total=50_000, currency="IDR"
    )
    say(channel, "STOP")
    say(channel, f"#{sari.code}")
    assert state(channel) == "granted"
    results = {placement.staff: result for placement, result in point_report(point).placements}
    assert results["Rina"] == Result(joined=1, orders=1, revenue=50_000)
    assert results["Sari"] == Result()


def test_who_is_on_the_list_and_fills_in_the_form_again_changes_the_answers(channel: Channel) -> None:
    point = make_point(channel, kind="form")
    for city in ("bandung", "jakarta"):
        given = Submission(marketing=True, answers={"city": city})
        say(channel, f"#{submit_entry(placement=point.placements.get(), submission=given).code}")
        assert contact().city == city.title()
    assert Entry.objects.filter(state="confirmed").count() == ConsentEvent.objects.count() == 1
