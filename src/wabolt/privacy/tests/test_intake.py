"""A word in the chat or the code of a form opens a request; the number that wrote is the identity."""

from typing import Any
from uuid import uuid4

import pytest

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.alerts.models import Alert
from wabolt.channels.tests.scripted import World
from wabolt.consent.models import StopDoubt
from wabolt.consent.queries import consent_of
from wabolt.consent.tests.factories import give_consent
from wabolt.contacts import services as contacts
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import phone_of
from wabolt.lib.clock import HeldClock
from wabolt.lib.errors import DomainError
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.models import Message
from wabolt.privacy import services
from wabolt.privacy.models import DataRequest, RequestTicket
from wabolt.privacy.rules import DEFAULT_WORDS, kind_of_text
from wabolt.privacy.services.intake import delete_old_tickets
from wabolt.privacy.tests.conftest import AYU, BUDI, Say, person


def test_every_word_opens_its_request(say: Say) -> None:
    words = [(kind, word) for kind, words in DEFAULT_WORDS.items() for word in words]
    others = [
        "data stok",
        "lihat data stok",
        "data saya salah kak",
        "hapus",
        "tolong hapus data saya ya",
        "halo",
        "data",
    ]
    people = {f"+62812111{place:05}": one for place, one in enumerate([*words, *((None, text) for text in others)])}
    texts = {phone: f" {word.lower()}!! 🙏" if kind else word for phone, (kind, word) in people.items()}
    say("", together=texts)
    asked = Message.objects.filter(direction="inbound").in_bulk(field_name="pk")
    assert len(asked) == len(people)
    requests = {one.message_id: one for one in DataRequest.objects.select_related("contact")}
    opened = {asked[pk].text: request for pk, request in requests.items()}
    assert sorted(opened) == sorted(text for phone, text in texts.items() if people[phone][0])
    for phone, (kind, word) in people.items():
        if kind is None:
            continue
        request, contact = opened[texts[phone]], person(phone)
        assert (request.kind, request.source, request.state, request.contact) == (kind, "chat", "open", contact), word
        answer = Message.objects.get(direction="outbound", origin_kind="privacy_request", contact=contact)
        assert str(request.pk) in answer.text, word
    alerts = Alert.objects.filter(kind="privacy.new", resolved_at=None).values_list("subject", flat=True)
    assert sorted(alerts) == sorted(str(request.pk) for request in requests.values())


def test_an_erasure_ends_promotions_at_once(say: Say, shop: Workspace) -> None:
    say("halo")
    give_consent(shop, [person().pk])
    say("HAPUS DATA")
    assert consent_of(shop, person().pk).stopped
    assert DataRequest.objects.get().kind == "erasure"


def test_asking_twice_opens_one_request_and_answers_once_a_day(say: Say, held: HeldClock) -> None:
    for _time in range(3):
        say("DATA SAYA")
    request = DataRequest.objects.get()
    assert [step.kind for step in request.steps.order_by("pk")] == ["opened", "asked_again", "asked_again"]
    assert Message.objects.filter(direction="outbound").count() == 2
    held.move(days=1)
    say("DATA SAYA")
    assert Message.objects.filter(direction="outbound").count() == 3


def test_the_code_of_a_form_brings_what_it_said(say: Say, shop: Workspace) -> None:
    ticket = services.submit_form(workspace=shop, kind="correction", details="x", form_key=uuid4())
    again = {"kind": "correction", "details": "Nama saya Budi", "form_key": ticket.form_key}
    assert services.submit_form(workspace=shop, **again) == ticket
    assert not DataRequest.objects.exists()
    say(f"halo, ubah data #{ticket.code.lower()} terima kasih", BUDI)
    request = DataRequest.objects.get()
    assert (request.kind, request.source, request.details) == ("correction", "form", "Nama saya Budi")
    assert request.contact == person(BUDI)
    assert not RequestTicket.objects.exists()


def test_a_mistyped_code_still_finds_the_form(say: Say, shop: Workspace) -> None:
    ticket = services.submit_form(workspace=shop, kind="erasure", details="semua", form_key=uuid4())
    wrong = ("A" if ticket.code[3] != "A" else "B").join((ticket.code[:3], ticket.code[4:]))
    say(f"HAPUS DATA #{wrong}")
    assert DataRequest.objects.get().details == "semua"
    assert not StopDoubt.objects.exists()


def test_a_form_of_another_shop_is_nothing(say: Say) -> None:
    other = make_workspace("Lain")
    ticket = services.submit_form(workspace=other, kind="access", details="", form_key=uuid4())
    say(f"halo #{ticket.code}")
    assert not DataRequest.objects.exists()


def test_a_form_without_a_message_is_gone_after_30_days(shop: Workspace, held: HeldClock) -> None:
    services.submit_form(workspace=shop, kind="access", details="", form_key=uuid4())
    held.move(days=29)
    assert delete_old_tickets() == 0
    held.move(days=2)
    assert delete_old_tickets() == 1


def test_own_words_replace_the_usual_ones(say: Say, shop: Workspace) -> None:
    services.save_words(workspace=shop, words={"access": ["cek dataku"]})
    say("DATA SAYA")
    assert not DataRequest.objects.exists()
    say("Cek dataku")
    assert DataRequest.objects.get().kind == "access"
    services.save_words(workspace=shop, words={})
    assert kind_of_text("data saya", {}) == "access"


def test_bad_words_are_refused(shop: Workspace) -> None:
    bad: dict[str, dict[str, list[str]]] = {
        "join_word": {"access": ["JOIN"]},
        "duplicate": {"access": ["HAPUS DATA"]},
        "empty": {"access": ["!!"]},
        "too_long": {"access": ["x" * 61]},
        "too_many": {"erasure": [f"kata {number}" for number in range(21)]},
    }
    for code, words in bad.items():
        with pytest.raises(DomainError) as refused:
            services.save_words(workspace=shop, words=words)
        assert refused.value.code == code


def test_the_answer_goes_to_the_number_that_asked_only(say: Say, world: World) -> None:
    say("halo", BUDI)
    say("DATA SAYA", AYU)
    assert {message.contact for message in Message.objects.filter(direction="outbound")} == {person(AYU)}
    assert Contact.objects.count() == 2


@pytest.mark.parametrize("joined", ["typed", "merged"])
def test_every_answer_goes_to_the_number_that_asked_not_to_a_newer_one(
    say: Say, shop: Workspace, world: World, owner: User, held: HeldClock, settings: Any, joined: str
) -> None:
    """A contact can have numbers of two people, for example after a merge. Other messages go to the newest one."""
    settings.PUBLIC_URL = "https://toko.example.com"
    say("halo")
    ayu = person(AYU)
    if joined == "typed":
        contacts.update_contact(workspace=shop, contact_id=ayu.pk, phone=BUDI)
    say("DATA SAYA", AYU)
    if joined == "merged":
        say("halo", BUDI)
        contacts.merge_contacts(workspace=shop, keep_id=person(BUDI).pk, absorb_id=ayu.pk, reason="member")
    request = DataRequest.objects.get()
    assert phone_of(request.contact) == BUDI
    services.answer_access(request=request, actor=owner)
    say("HAPUS DATA", AYU)
    services.confirm_erasure(request=DataRequest.objects.get(kind="erasure"), actor=owner)
    for _turn in range(8):
        work_lane_once(request.channel)
        held.move(minutes=1)
    answers = {str(pk) for pk in Message.objects.filter(origin_kind="privacy_request").values_list("pk", flat=True)}
    reached = [out.to for out in world.taken if out.ref in answers]
    assert len(reached) == 4
    assert set(reached) == {AYU}
