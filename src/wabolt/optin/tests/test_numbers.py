"""Double opt-in by template: off by default, once per number, never after a stop; the YES is the proof."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from wabolt.accounts.tests.factories import signed_in
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.consent.models import ConsentEvent, Wording
from wabolt.consent.queries import consent_of
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact
from wabolt.contacts.services import erase_contacts
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Message, Template
from wabolt.messaging.services import process_raw_events, work_lane_once
from wabolt.optin.events.tests.factories import make_event
from wabolt.optin.models import Entry, EntryPoint, NumberRequest, OptinSettings
from wabolt.optin.queries import asking_name, placements_of
from wabolt.optin.services import (
    PointDraft,
    Submission,
    ask_number,
    delete_expired_entries,
    save_settings,
    submit_entry,
    update_point,
)
from wabolt.optin.services.numbers import LIMITS, ONCE_IN
from wabolt.optin.tests.factories import make_point
from wabolt.optin.wordings import asking_text

AYU = "+6281200000001"
_ids = iter(range(10**9))


@pytest.fixture
def channel(db: None, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel()
    create_defaults(workspace=channel.workspace)
    return channel


def make_template(channel: Channel, wording: Wording | None = None, **values: Any) -> Template:
    """A template that is made for `wording`, unless told otherwise."""
    wording = wording or form_of(channel).marketing_wording
    body = values.pop("body", asking_text("Toko", wording.text))
    given = {"category": "utility", "status": "approved", "name": asking_name(wording), **values}
    return Template.objects.create(
        workspace=channel.workspace, channel=channel, vendor_id="1", language="id",
        components=[{"type": "BODY", "text": body}], **given,
    )  # fmt: skip


@pytest.fixture
def template(channel: Channel) -> Template:
    OptinSettings.objects.create(workspace=channel.workspace, asking_channel=channel)
    return make_template(channel)


def form_of(channel: Channel) -> EntryPoint:
    found = channel.workspace.entry_points.filter(kind="form").select_related("marketing_wording").first()
    return found or make_point(channel, kind="form", service_wording="")


def submitted(channel: Channel, **answers: str) -> Entry:
    point = form_of(channel)
    return submit_entry(placement=placements_of(point)[0], submission=Submission(marketing=True, answers=answers))


def ask(entry: Entry, typed: str = "0812 0000 0001", ip: str = "192.0.2.1") -> list[str]:
    """Asks and sends. Returns the numbers that got the question so far."""
    ask_number(entry=entry, typed=typed, ip=ip)
    work_lane_once(entry.point.channel)
    return list(
        Message.objects.filter(direction="outbound", origin_kind="entry_point").values_list("to_phone", flat=True)
    )


def say(channel: Channel, text: str, **more: Any) -> None:
    World.of(channel).tell_message(AYU, text, f"number-{next(_ids)}", **more)
    ScriptedProvider(channel).collect(100)
    process_raw_events(channel)


def state(channel: Channel) -> str | None:
    found = Contact.objects.filter(identities__value=AYU).first()
    return consent_of(channel.workspace, found.pk).state if found else None


def test_a_yes_to_the_question_joins_with_the_proof(channel: Channel, template: Template) -> None:
    entry = submitted(channel, name="Ayu <b>promo</b>")
    assert ask(entry) == [AYU]
    sent = Message.objects.get(direction="outbound")
    assert sent.state == "sent"
    assert "Ayu" not in sent.content.text
    assert not Contact.objects.filter(erased_at=None).exists(), "a typed number is no contact"
    say(channel, "Ya kak")
    assert state(channel) == "granted"
    proof = ConsentEvent.objects.get()
    answer = Message.objects.get(direction="inbound")
    assert (proof.evidence["message"], proof.evidence["asked"]) == (answer.pk, sent.pk)
    assert (proof.wording, proof.evidence["form"]) == (entry.marketing_wording, True)
    entry.refresh_from_db()
    assert (entry.state, entry.contact) == ("confirmed", Contact.objects.get(identities__value=AYU))


@pytest.mark.parametrize("text", ["siapa ini?", "tidak", "ya?"])
def test_only_a_yes_joins(channel: Channel, template: Template, text: str) -> None:
    ask(submitted(channel))
    say(channel, text)
    assert state(channel) is None


def test_a_yes_without_a_question_or_to_a_later_message_joins_no_person(channel: Channel, template: Template) -> None:
    say(channel, "ya")
    assert state(channel) is None
    say(channel, "JOIN")
    say(channel, "STOP")
    assert ask(submitted(channel)) == []
    say(channel, "ya")
    assert state(channel) == "withdrawn"


def test_a_stop_after_the_question_wins(channel: Channel, template: Template) -> None:
    ask(submitted(channel))
    say(channel, "STOP")
    say(channel, "ya")
    assert state(channel) == "withdrawn"


def test_a_number_is_asked_once_in_30_days(channel: Channel, template: Template) -> None:
    for _form in range(3):
        assert ask(submitted(channel)) == [AYU]
    NumberRequest.objects.update(asked_at=clock.now() - ONCE_IN)
    assert ask(submitted(channel), ip="198.51.100.1") == [AYU, AYU]


def test_a_member_of_the_list_is_not_asked(channel: Channel, template: Template) -> None:
    say(channel, "JOIN")
    assert ask(submitted(channel)) == []


def test_it_is_off_by_default(channel: Channel) -> None:
    make_template(channel)
    OptinSettings.objects.create(workspace=channel.workspace)
    with pytest.raises(DomainError) as refused:
        ask(submitted(channel))
    assert refused.value.code == "off"
    assert not Message.objects.exists()


def test_an_event_asks_no_typed_number(channel: Channel, template: Template, client: Client) -> None:
    event = make_event(channel, starts_at=clock.now() + timedelta(days=3))
    entry = submit_entry(
        placement=event.point.placements.get(), submission=Submission(marketing=True, answers={"name": "Ayu"})
    )
    address = reverse("optin:ask_number", args=[event.point.slug, entry.code])
    assert client.post(address, {"phone": AYU}).status_code == 422
    assert address not in client.get(reverse("optin:send", args=[event.point.slug, entry.code])).content.decode()
    assert not NumberRequest.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"name": "pengingat_pesanan"},
        {"body": "Pesanan Kakak siap. Balas YA."},
        {"body": "Halo {{1}}, balas YA"},
        {"category": "marketing"},
        {"status": "pending"},
        {"status": "paused"},
    ],
    ids=str,
)
def test_only_a_template_that_is_made_for_the_text_asks(channel: Channel, client: Client, values: Any) -> None:
    """Any other service template would let a YES to an order agree to promotions."""
    OptinSettings.objects.create(workspace=channel.workspace, asking_channel=channel)
    if "1" in values.get("body", ""):
        values = {"body": asking_text("{{1}}", form_of(channel).marketing_wording.text)}
    make_template(channel, **values)
    entry = submitted(channel)
    with pytest.raises(DomainError) as refused:
        ask(entry)
    assert refused.value.code == "off"
    address = reverse("optin:ask_number", args=[entry.point.slug, entry.code])
    assert address not in client.get(reverse("optin:send", args=[entry.point.slug, entry.code])).content.decode()
    assert not Message.objects.exists()


def test_a_changed_text_needs_a_template_of_its_own(channel: Channel, template: Template) -> None:
    point, before = form_of(channel), submitted(channel)
    wording = "Saya mau kabar baru. Balas STOP untuk berhenti."
    draft = PointDraft(kind="form", name="F", channel=channel, wording=wording)
    changed = update_point(workspace=channel.workspace, point_id=point.pk, draft=draft)
    assert ask(before) == [AYU], "the form before the change showed the text of the template"
    with pytest.raises(DomainError):
        ask(submitted(channel), "081200000009")
    make_template(channel, changed.marketing_wording)
    assert ask(submitted(channel), "081200000009") == [AYU, "+6281200000009"]


def test_a_yes_agrees_to_nothing_that_the_question_did_not_show(channel: Channel, template: Template) -> None:
    point = form_of(channel)
    assert point.service_wording is not None
    both = Submission(marketing=True, service=True)
    ask(submit_entry(placement=placements_of(point)[0], submission=both))
    say(channel, "Ya")
    assert list(ConsentEvent.objects.values_list("purpose", flat=True)) == ["marketing"]
    only_service = submit_entry(placement=placements_of(point)[0], submission=Submission(service=True))
    with pytest.raises(DomainError):
        ask(only_service, "081200000009")


def test_only_a_number_with_templates_can_ask(channel: Channel) -> None:
    with pytest.raises(DomainError) as refused:
        save_settings(workspace=channel.workspace, proof_of_work=False, asking_channel=channel)
    assert refused.value.field == "asking_channel"
    page = signed_in(channel.workspace).get(reverse("optin:settings")).content.decode()
    assert 'name="asking_channel"' not in page


def test_one_visitor_asks_few_numbers(channel: Channel, template: Template) -> None:
    for number in range(LIMITS.per_address):
        ask(submitted(channel), f"0812000010{number:02}")
    with pytest.raises(DomainError) as refused:
        ask(submitted(channel), "081200002000")
    assert refused.value.code == "too_many"
    assert len(ask(submitted(channel), "081200002000", ip="198.51.100.1")) == LIMITS.per_address + 1


def test_the_page_is_the_same_for_every_number(channel: Channel, template: Template, client: Client) -> None:
    pages = []
    for number, told in (("081200000001", ""), ("081200000009", "STOP")):
        if told:
            World.of(channel).tell_message("+6281200000009", told, "stop")
            ScriptedProvider(channel).collect(100)
            process_raw_events(channel)
        entry = submitted(channel)
        send = reverse("optin:send", args=[entry.point.slug, entry.code])
        address = reverse("optin:ask_number", args=[entry.point.slug, entry.code])
        assert address in client.get(send).content.decode()
        assert client.post(address, {"phone": "abc"}).status_code == 422
        answer = client.post(address, {"phone": number})
        assert answer.status_code == 200
        pages.append(answer.content.decode().partition("wi-notice")[2].partition("</p>")[0])
    assert pages[0] == pages[1] != ""


def test_the_number_is_deleted_with_the_entry(channel: Channel, template: Template) -> None:
    entry = submitted(channel)
    ask(entry)
    Entry.objects.filter(pk=entry.pk).update(created_at=clock.now() - timedelta(days=31))
    delete_expired_entries()
    assert not NumberRequest.objects.exists()
    assert not Message.objects.filter(to_phone=AYU).exists()


def test_a_stranger_is_forgotten_although_the_visitor_confirmed(channel: Channel, template: Template) -> None:
    entry = submitted(channel)
    ask(entry, "081200000002")
    say(channel, f"#{entry.code}")
    assert Entry.objects.get().state == "confirmed"
    assert delete_expired_entries() == 0
    assert NumberRequest.objects.exists()
    NumberRequest.objects.update(asked_at=clock.now() - timedelta(days=31))
    assert delete_expired_entries() == 0
    assert Entry.objects.exists()
    assert not NumberRequest.objects.exists()
    assert not Message.objects.filter(to_phone="+6281200000002").exists()


def test_a_stranger_is_forgotten_when_an_entry_takes_over_the_form(channel: Channel, template: Template) -> None:
    say(channel, f"#{submitted(channel).code}")
    say(channel, "STOP")
    entry = submitted(channel)
    ask(entry, "081200000002")
    say(channel, f"#{entry.code}")
    assert Entry.objects.count() == 1
    assert not Message.objects.filter(to_phone="+6281200000002").exists()


def test_an_erased_person_is_not_kept_as_a_typed_number(channel: Channel, template: Template) -> None:
    say(channel, "halo")
    person = Contact.objects.get(identities__value=AYU)
    ask(submitted(channel))
    assert NumberRequest.objects.exists()
    erase_contacts(workspace=channel.workspace, ids=[person.pk])
    assert not NumberRequest.objects.exists()
    assert not Message.objects.filter(to_phone=AYU).exists()
