"""Answers, alarms, restriction, erasure and history of requests."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from wabolt.accounts.models import AuditEntry, User, Workspace
from wabolt.alerts.models import Alert
from wabolt.channels.models import Channel
from wabolt.channels.tests.scripted import World
from wabolt.consent.models import ConsentEvent, Suppression
from wabolt.consent.queries import consent_of, objection_of
from wabolt.consent.tests.factories import give_consent
from wabolt.contacts import services as contacts
from wabolt.contacts.models import Contact, ContactView, ErasedIdentity, Event, Merge
from wabolt.contacts.signals import contacts_erased
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.clock import HeldClock
from wabolt.lib.errors import DomainError
from wabolt.lib.privacy_page import privacy_page
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.models import Message
from wabolt.messaging.tests.factories import queue_service
from wabolt.privacy import queries, services
from wabolt.privacy.models import DataExport, DataRequest, RequestStep
from wabolt.privacy.rules import Stage, deadline_of, stage_of
from wabolt.privacy.services.exports import open_export
from wabolt.privacy.tests.conftest import AYU, BUDI, Say, person


@pytest.fixture
def ask(say: Say) -> Callable[[str], DataRequest]:
    def opened(text: str) -> DataRequest:
        say(text)
        found = DataRequest.objects.order_by("-pk")[0]
        return DataRequest.objects.select_related("workspace", "contact", "channel").get(pk=found.pk)

    return opened


def sent(world: World, channel: Channel) -> list[str]:
    for _turn in range(5):
        work_lane_once(channel)
    return [out.text for out in world.taken]


def open_kinds(request: DataRequest) -> set[str]:
    return set(Alert.objects.filter(subject=str(request.pk), resolved_at=None).values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("hours", "stage"), [(0, 0), (23.9, 0), (24, 1), (47.9, 1), (48, 2), (71.9, 2), (72, 3), (500, 3), (-5, 0)]
)
def test_the_clock_has_three_alarms(hours: float, stage: int) -> None:
    now = clock.now()
    assert stage_of(now - timedelta(hours=hours), now) == Stage(stage)


@pytest.mark.parametrize("year", [1, 9999])
def test_every_stored_time_has_a_deadline(year: int) -> None:
    assert deadline_of(datetime(year, 12, 31, tzinfo=UTC)).year == min(year + 1, 9999)


def test_alarms_follow_each_other_and_end_with_the_answer(
    ask: Callable[[str], DataRequest], held: HeldClock, owner: User
) -> None:
    request = ask("KEBERATAN")
    alarms = []
    for hours in (0, 24, 24, 24, 100):
        held.move(hours=hours)
        services.update_deadline_alerts()
        alarms.append(open_kinds(request))
    assert alarms == [
        {"privacy.new"}, {"privacy.day_1"}, {"privacy.day_2"}, {"privacy.overdue"}, {"privacy.overdue"}
    ]  # fmt: skip
    services.answer_objection(request=request, actor=owner)
    services.update_deadline_alerts()
    assert open_kinds(request) == set()


def test_a_copy_holds_what_every_room_knows(
    ask: Callable[[str], DataRequest], shop: Workspace, owner: User, world: World, channel: Channel
) -> None:
    request = ask("DATA SAYA")
    give_consent(shop, [request.contact_id])
    contacts.update_contact(workspace=shop, contact_id=request.contact_id, name="Ayu Lestari", city="Bandung")
    other = make_contact(shop, "Budi", phone="+6281299990000")
    contacts.add_note(workspace=shop, contact_id=request.contact_id, text="Temannya Budi 0812-9999-0000, suka batik")
    contacts.note_view(workspace=shop, contact_id=request.contact_id, user=owner, how=ContactView.How.PAGE)
    services.answer_access(request=request, actor=owner)
    [pack] = DataExport.objects.all()
    archive = zipfile.ZipFile(io.BytesIO(bytes(pack.data)))
    data = json.loads(archive.read("data.json"))["data"]
    assert data["contact"][0]["name"] == "Ayu Lestari"
    assert {"contacts_identity", "consent_consentevent", "messaging_message", "contacts_contactview"} <= set(data)
    assert data["contacts_identity"][0]["value"] == AYU
    assert "DATA SAYA" in json.dumps(data["messaging_message"])
    note = data["contacts_note"][0]["text"]
    assert "suka batik" in note
    assert "9999" not in note
    assert other.name
    assert {row["how"] for row in data["contacts_contactview"]} == {
        str(ContactView.How.PAGE.label), str(ContactView.How.PACK.label)
    }  # fmt: skip
    assert archive.read("data.pdf").startswith(b"%PDF")
    request.refresh_from_db()
    assert request.state == "answered"


def test_a_link_works_once_and_for_seven_days(
    ask: Callable[[str], DataRequest], owner: User, held: HeldClock, settings: object
) -> None:
    settings.PUBLIC_URL = "https://toko.example.com"  # type: ignore[attr-defined]
    services.answer_access(request=ask("DATA SAYA"), actor=owner)
    text = Message.objects.filter(direction="outbound").order_by("-pk")[0].text
    token = text.split("/data/")[1].split("/")[0]
    assert token not in str(DataExport.objects.values_list("digest", flat=True))
    assert queries.find_export(token) is not None
    assert open_export(token=token) is not None
    held.move(minutes=10)
    assert open_export(token=token) is not None, "a download that broke off"
    held.move(minutes=6)
    assert open_export(token=token) is None
    assert services.empty_old_exports() == 1
    assert bytes(DataExport.objects.get().data) == b""
    assert queries.find_export("nope") is None


def test_a_section_about_others_is_left_out_and_the_person_is_told(
    ask: Callable[[str], DataRequest], shop: Workspace, owner: User
) -> None:
    request = ask("DATA SAYA")
    contacts.add_note(workspace=shop, contact_id=request.contact_id, text="Istri Pak Budi")
    services.answer_access(request=request, actor=owner, left_out=["contacts_note", "contact", "nonsense"])
    told = json.loads(zipfile.ZipFile(io.BytesIO(bytes(DataExport.objects.get().data))).read("data.json"))["data"]
    assert "contacts_note" not in told
    assert "contact" in told
    assert "contacts_note" in RequestStep.objects.get(kind="packed").note


def test_without_a_public_address_the_copy_is_a_document(
    ask: Callable[[str], DataRequest], owner: User, settings: object
) -> None:
    settings.PUBLIC_URL = "http://localhost:8000"  # type: ignore[attr-defined]
    services.answer_access(request=ask("DATA SAYA"), actor=owner)
    message = Message.objects.filter(direction="outbound").order_by("-pk")[0]
    assert message.media is not None
    assert message.media.mime_type == "application/pdf"
    assert "/data/" not in message.text


def test_a_restriction_holds_until_it_ends_with_a_notice(
    ask: Callable[[str], DataRequest], shop: Workspace, owner: User, world: World, channel: Channel, held: HeldClock
) -> None:
    request = ask("BATASI DATA")
    give_consent(shop, [request.contact_id])
    services.answer_restriction(request=request, actor=owner)
    [parcel] = queue_service(channel, [request.contact], "Paket Kakak dikirim")
    texts = sent(world, channel)
    assert "Paket Kakak dikirim" not in texts
    assert len(texts) == 2, "the confirmation and the answer reach the person"
    parcel.refresh_from_db()
    assert (parcel.state, parcel.reason) == ("suppressed", "restricted")
    assert services.end_restriction(request=request, actor=owner, reason="Masalahnya selesai.")
    held.move(minutes=5)
    assert "Masalahnya selesai." in sent(world, channel)[-1]
    assert not services.end_restriction(request=request, actor=owner)
    assert consent_of(shop, request.contact_id).refusal is None


def test_a_correction_tells_what_was_changed(ask: Callable[[str], DataRequest], owner: User) -> None:
    request = services.answer_correction(request=ask("UBAH DATA"), actor=owner, what="Nama: Ayu")
    assert request.state == "answered"
    assert Message.objects.filter(direction="outbound", text__contains="Nama: Ayu").exists()


def test_an_objection_promises_what_is_done(ask: Callable[[str], DataRequest], shop: Workspace, owner: User) -> None:
    """Promotions and decisions from behaviour end. The person stays in segments, so no text says otherwise."""
    request = ask("TOLAK PROFIL")
    assert objection_of(shop, request.contact_id) is not None, "at once, before a member has looked"
    confirmation = Message.objects.filter(direction="outbound").order_by("-pk")[0].text
    assert "Promonya sudah kami hentikan" in confirmation
    give_consent(shop, [request.contact_id])
    services.answer_objection(request=request, actor=owner)
    assert consent_of(shop, request.contact_id).stopped
    answer = Message.objects.filter(direction="outbound").order_by("-pk")[0].text
    page = Client().get(privacy_page(shop.pk)).content.decode()
    for text in (answer, page):
        assert "tidak dapat promo" in text
        assert "tidak ada program yang menentukan" in text
        assert "kelompok" not in text


def test_a_refusal_needs_a_reason(ask: Callable[[str], DataRequest], owner: User) -> None:
    request = ask("DATA SAYA")
    with pytest.raises(DomainError) as refused:
        services.refuse_request(request=request, reason=" \x00 ", actor=owner)
    assert refused.value.code == "empty"
    services.refuse_request(request=request, reason="Ada data orang lain", actor=owner)
    with pytest.raises(DomainError) as closed:
        services.answer_access(request=request, actor=owner)
    assert closed.value.code == "closed"
    assert DataExport.objects.count() == 0


class TestErasure:
    def test_the_last_message_leaves_first(
        self, ask: Callable[[str], DataRequest], owner: User, world: World, channel: Channel, shop: Workspace
    ) -> None:
        request = ask("HAPUS DATA SAYA")
        contact_id = request.contact_id
        services.note_on_request(request=request, text="Rumahnya di Dago", actor=owner)
        services.confirm_erasure(request=request, actor=owner)
        assert services.finish_erasures() == 0, "the message still waits"
        assert "pesan terakhir" in sent(world, channel)[-1].lower()
        assert services.finish_erasures() == 1
        request.refresh_from_db()
        assert (request.state, request.contact.name, request.details) == ("answered", "", "")
        assert request.contact.erased_at is not None
        assert [step.note for step in request.steps.all() if step.note] == []
        assert request.steps.order_by("-pk")[0].kind == "erased"
        assert ErasedIdentity.objects.filter(workspace=shop).exists()
        assert all(row.value.startswith(Suppression.ERASED) for row in Suppression.objects.all())
        entry = AuditEntry.objects.get(action="contact.erase")
        assert (entry.target_id, entry.user) == (contact_id, owner)

    def test_it_does_not_wait_for_a_broken_number_for_ever(
        self, ask: Callable[[str], DataRequest], owner: User, held: HeldClock
    ) -> None:
        services.confirm_erasure(request=ask("HAPUS DATA"), actor=owner)
        held.move(minutes=14)
        assert services.finish_erasures() == 0
        held.move(minutes=2)
        assert services.finish_erasures() == 1

    def test_a_killed_process_leaves_the_request_for_the_next_run(
        self, ask: Callable[[str], DataRequest], owner: User, held: HeldClock
    ) -> None:
        """The rollback is what a kill leaves: each erasure is one transaction."""
        request = services.confirm_erasure(request=ask("HAPUS DATA"), actor=owner)
        held.move(hours=1)

        class KilledError(BaseException):
            pass

        def killed() -> None:
            with transaction.atomic():
                assert services.finish_erasures() == 1
                raise KilledError

        with pytest.raises(KilledError):
            killed()
        request.refresh_from_db()
        assert (request.state, person().erased_at) == ("erasing", None)
        assert services.finish_erasures() == 1

    def test_an_erasure_without_a_contact_leaves_no_audit_entry(
        self, ask: Callable[[str], DataRequest], owner: User, held: HeldClock
    ) -> None:
        request = services.confirm_erasure(request=ask("HAPUS DATA"), actor=owner)
        held.move(hours=1)
        Contact.objects.filter(pk=request.contact_id).update(erased_at=clock.now())
        assert services.finish_erasures() == 0
        assert not AuditEntry.objects.filter(action="contact.erase").exists()

    def test_one_that_fails_holds_up_no_other(
        self, ask: Callable[[str], DataRequest], say: Say, owner: User, held: HeldClock
    ) -> None:
        first = services.confirm_erasure(request=ask("HAPUS DATA"), actor=owner)
        say("HAPUS DATA", BUDI)
        second = services.confirm_erasure(request=DataRequest.objects.get(contact=person(BUDI)), actor=owner)
        held.move(hours=1)

        def fail(contact_ids: list[int], **_: Any) -> None:
            if first.contact_id in contact_ids:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1 / 0")

        contacts_erased.connect(fail)
        try:
            assert services.finish_erasures() == 1
        finally:
            contacts_erased.disconnect(fail)
        assert DataRequest.objects.get(state="erasing") == first
        assert DataRequest.objects.get(state="answered") == second
        assert services.finish_erasures() == 1, "the next run repeats it"

    def test_the_preview_counts_every_room(self, ask: Callable[[str], DataRequest], shop: Workspace) -> None:
        request = ask("HAPUS DATA")
        contacts.add_note(workspace=shop, contact_id=request.contact_id, text="x")
        held_rows = {rows.key: rows for rows in queries.held_about(shop, request.contact)}
        assert (held_rows["contacts_note"].count, held_rows["contacts_note"].fate) == (1, "deleted")
        assert held_rows["messaging_message"].count >= 2
        assert held_rows["consent_consentevent"].fate == "kept"
        assert held_rows["channels_rawevent"].count >= 1

    def test_an_erasure_on_the_contacts_page_closes_the_requests_too(
        self, ask: Callable[[str], DataRequest], shop: Workspace
    ) -> None:
        request = ask("DATA SAYA")
        contacts.erase_contacts(workspace=shop, ids=[request.contact_id])
        request.refresh_from_db()
        assert (request.state, open_kinds(request)) == ("answered", set())


class TestMerge:
    """Ayu wrote from two numbers; the requests of both are requests of the one person."""

    @pytest.fixture
    def merge(self, shop: Workspace) -> Callable[[], Merge]:
        return lambda: contacts.merge_contacts(
            workspace=shop, keep_id=person(AYU).pk, absorb_id=person(BUDI).pk, reason=Merge.Reason.MEMBER
        )

    @pytest.mark.parametrize("kept_is", ["open", "closed", "none"])
    def test_an_erasure_follows_the_person(
        self, say: Say, owner: User, held: HeldClock, merge: Callable[[], Merge], kept_is: str
    ) -> None:
        say("halo" if kept_is == "none" else "HAPUS DATA")
        if kept_is == "closed":
            services.cancel_request(request=DataRequest.objects.get(), actor=owner)
        say("HAPUS DATA", BUDI)
        services.confirm_erasure(request=DataRequest.objects.get(contact=person(BUDI)), actor=owner)
        kept = person(AYU)
        merge()
        assert set(DataRequest.objects.values_list("contact", flat=True)) == {kept.pk}
        held.move(hours=1)
        assert (services.finish_erasures(), services.finish_erasures()) == (1, 0)
        kept.refresh_from_db()
        assert kept.erased_at is not None
        assert not DataRequest.objects.filter(state__in=("open", "erasing")).exists()
        assert AuditEntry.objects.filter(action="contact.erase").count() == 1

    @pytest.mark.parametrize(("first", "second"), [(AYU, BUDI), (BUDI, AYU)])
    def test_of_two_open_requests_the_older_goes_on_until_they_part(
        self, say: Say, held: HeldClock, shop: Workspace, merge: Callable[[], Merge], first: str, second: str
    ) -> None:
        say("LIHAT DATA SAYA", first)
        held.move(hours=5)
        say("LIHAT DATA SAYA", second)
        older, newer = DataRequest.objects.order_by("pk")
        owners = {older.pk: older.contact_id, newer.pk: newer.contact_id}
        kept = person(AYU).pk
        done = merge()
        older.refresh_from_db()
        newer.refresh_from_db()
        assert [(one.contact_id, one.state) for one in (older, newer)] == [(kept, "open"), (kept, "cancelled")]
        assert str(older.pk) in newer.steps.order_by("-pk")[0].note
        assert open_kinds(newer) == set()
        contacts.undo_merge(workspace=shop, merge_id=done.pk)
        assert dict(DataRequest.objects.filter(state="open").values_list("pk", "contact")) == owners

    def test_the_copy_and_the_preview_hold_what_stays_with_the_merged_contact(
        self, say: Say, shop: Workspace, owner: User, merge: Callable[[], Merge]
    ) -> None:
        """The log, the proofs of permission and who looked do not move to the kept contact."""
        say("halo")
        say("halo juga", BUDI)
        absorbed = person(BUDI)
        give_consent(shop, [absorbed.pk])
        contacts.note_view(workspace=shop, contact_id=absorbed.pk, user=owner, how=ContactView.How.PAGE)
        merge()
        kept = person(AYU)
        both = {"contact__in": [kept.pk, absorbed.pk]}
        found = {section.key: len(section.raw) for section in queries.sections_of(shop, kept)}
        assert found["contacts_event"] == Event.objects.filter(**both).count()
        assert found["consent_consentevent"] == ConsentEvent.objects.filter(**both).count() > 0
        assert found["messaging_message"] == Message.objects.filter(**both).count() > 0
        assert found["contacts_contactview"] == 1
        counts = {rows.key: rows.count for rows in queries.held_about(shop, kept)}
        assert [key for key, count in counts.items() if found.get(key, count) != count] == []
