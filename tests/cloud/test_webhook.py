"""The webhook: unsigned calls are refused, signed events are stored once."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from tests.cloud.conftest import make_cloud, post
from tests.graph import webhooks
from tests.graph.server import NUMBER_ID, TOKEN, VERIFY
from wabolt.accounts.tests.factories import make_workspace
from wabolt.broadcasts.tests.factories import make_agreeing
from wabolt.channels.models import Channel, CloudAccount, RawEvent
from wabolt.channels.providers.cloud.envelope import BrokenBodyError, pieces, read_body
from wabolt.consent.models import Consent, ConsentEvent, Suppression
from wabolt.contacts.models import Contact, Identity
from wabolt.lib import clock
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.models import Message, MessagePrice, Receipt
from wabolt.site.front.routes import is_refused_unread, route_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    return make_cloud()


def url(channel: Channel) -> str:
    return reverse("channels:cloud_webhook", args=[channel.pk])


def sent(channel: Channel, count: int) -> list[Message]:
    """Returns sent messages with ids of Meta."""
    contact = Contact.objects.create(workspace=channel.workspace, name="Ayu")
    return Message.objects.bulk_create(
        Message(
            workspace=channel.workspace, channel=channel, contact=contact, direction="outbound", state="sent",
            origin_kind="test", idempotency_key=f"test:{n}", text="Halo", provider_id=f"wamid.{n}",
        )
        for n in range(count)
    )  # fmt: skip


def paths_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of each value inside a value of JSON."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield (*path, key)
        yield from paths_in(part, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of the value with another one at this place."""
    copy = deepcopy(value)
    holder = copy
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = new
    return copy


class TestChallenge:
    def test_right_token_gets_its_challenge_back(self, channel: Channel) -> None:
        told = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}
        answer = Client().get(url(channel), told)
        assert (answer.status_code, answer.content) == (200, b"1158201444")
        assert answer["Content-Type"].startswith("text/plain")

    def test_wrong_token_is_refused(self, channel: Channel) -> None:
        for token in ("", "salah", VERIFY + "x", "ü\x00"):
            told = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1"}
            assert Client().get(url(channel), told).status_code == 403, token

    def test_the_front_refuses_a_call_without_its_body(self, channel: Channel) -> None:
        def is_refused(path: str, **headers: str) -> bool:
            environ = RequestFactory().post(path, **{f"HTTP_{name}": value for name, value in headers.items()}).environ
            return is_refused_unread(environ, route_of(environ))

        assert is_refused(url(channel))
        assert not is_refused(url(channel), X_HUB_SIGNATURE_256="sha256=0")
        Channel.objects.update(archived_at=clock.now())
        assert is_refused(url(channel), X_HUB_SIGNATURE_256="sha256=0")

    def test_a_number_that_is_not_here_is_not_found(self, channel: Channel) -> None:
        assert Client().get("/webhooks/whatsapp/999999/").status_code == 404
        assert post(Channel(pk=999999), {}).status_code == 404


class TestDoor:
    def test_wrong_signature_stores_nothing(self, channel: Channel) -> None:
        body = webhooks.encoded(webhooks.message("wamid.1", body="Halo"))
        for header in ("", "sha256=", "sha1=00", "sha256=" + "0" * 64, "sha256=ü"):
            answer = Client(enforce_csrf_checks=True).post(
                url(channel), body, content_type="application/json", headers={"X-Hub-Signature-256": header}
            )
            assert answer.status_code == 403, header
        assert not RawEvent.objects.exists()

    def test_signature_of_another_apps_secret_is_wrong(self, channel: Channel) -> None:
        assert post(channel, webhooks.message("wamid.1", body="Halo"), secret="other").status_code == 403

    def test_one_changed_byte_is_noticed(self, channel: Channel) -> None:
        body = webhooks.encoded(webhooks.message("wamid.1", body="Halo"))
        answer = Client().post(
            url(channel),
            body.replace(b"Halo", b"Hal0"),
            content_type="application/json",
            headers={"X-Hub-Signature-256": webhooks.signature(body)},
        )
        assert answer.status_code == 403

    def test_garbage_is_refused_and_never_an_error_of_ours(self, channel: Channel) -> None:
        bodies = [b"", b"{", b"\xff\xfe", b"NaN", b'{"a": 1e999}', b"[" * 5000, b'{"a":' * 900 + b"1" + b"}" * 900,
                  b'{"a": ' + b"9" * 5000 + b"}"]  # fmt: skip
        for body in bodies:
            assert post(channel, body).status_code == 400, body[:20]
        assert not RawEvent.objects.exists()

    def test_too_much_is_refused_before_it_is_read(self, channel: Channel) -> None:
        assert post(channel, b'"' + b"x" * (3 * 1024 * 1024) + b'"').status_code == 413

    def test_any_signed_shape_is_kept_and_harms_nothing(self, channel: Channel) -> None:
        bodies: list[Any] = [
            [], {}, "text", 7, None, {"entry": 7}, {"entry": [7, None, {}, {"changes": "x"}]},
            {"entry": [{"changes": [7, {}, {"field": "messages"}, {"field": "messages", "value": []}]}]},
            webhooks.envelope(messages=[7, {}], statuses="x", errors=[{}]),
            {"entry": [{"id": "1", "changes": [{"field": "x" * 500, "value": {"a": "\x00", "\x00": "\ud800"}}]}]},
        ]  # fmt: skip
        for body in bodies:
            assert post(channel, body).status_code == 200, body
            process_raw_events(channel)
            assert not RawEvent.objects.filter(processed_at=None, attempts=0).exists(), body
        assert not Message.objects.exists()

    @pytest.mark.parametrize("wrong", [[], {"id": 1}, "x" * 400, "9" * 400, -1, None], ids=lambda value: str(value)[:9])
    def test_a_wrong_value_at_any_level_loses_no_other_message(self, channel: Channel, wrong: Any) -> None:
        paths = list(paths_in(webhooks.message("wamid.odd", body="Halo", context="wamid.0", bsuid="ID.1")["entry"]))
        client = Client()
        for number, path in enumerate(paths):
            good = webhooks.message(f"wamid.good.{number}", phone=f"62812000002{number:02}", body="Saya mau pesan")[
                "entry"
            ]
            who = {"phone": f"62812000003{number:02}", "bsuid": f"ID.{number}"}
            odd = webhooks.message(f"wamid.odd.{number}", body="Halo", context="wamid.0", **who)
            body = {**odd, "entry": [*good, *replaced(odd["entry"], path, wrong)]}
            assert post(channel, body, client=client).status_code == 200
        while process_raw_events(channel).processed:
            pass
        stored = set(Message.objects.values_list("provider_id", flat=True))
        assert {path for number, path in enumerate(paths) if f"wamid.good.{number}" not in stored} == set()

    def test_a_message_with_a_long_id_is_stored_once(self, channel: Channel) -> None:
        for at in (1_795_000_000, 1_795_000_001):
            post(channel, webhooks.message("A" * 300, body="Halo", at=at))
            process_raw_events(channel)
        assert Message.objects.get().text == "Halo"

    def test_unknown_kinds_are_counted(self, channel: Channel) -> None:
        post(channel, webhooks.envelope(field="telepathy", thought="hm"))
        post(channel, webhooks.message("wamid.1", "hologram", value={"depth": 3}))
        process_raw_events(channel)
        assert RawEvent.objects.exclude(error="").exclude(processed_at=None).count() == 2

    def test_other_methods_are_refused(self, channel: Channel) -> None:
        assert Client().put(url(channel)).status_code == 405


def test_each_number_of_an_app_gets_its_own(channel: Channel) -> None:
    other = make_cloud(channel.workspace, number_id="777")
    elsewhere = make_cloud(make_workspace("Toko lain"), number_id="888")
    for number_id in (NUMBER_ID, "777", "888"):
        body = webhooks.message(f"wamid.{number_id}", body="Halo")
        body["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = number_id
        assert post(channel, body).status_code == 200
    kinds = Counter(RawEvent.objects.values_list("channel_id", "kind"))
    assert kinds == {(channel.pk, "message"): 1, (other.pk, "message"): 1, (channel.pk, "foreign_number"): 1}
    assert not RawEvent.objects.filter(channel=elsewhere).exists()


def test_an_archived_number_is_not_there(channel: Channel) -> None:
    Channel.objects.update(archived_at="2026-11-22T00:00:00Z")
    assert post(channel, {}).status_code == 404


def test_secrets_of_another_installation_are_refused(channel: Channel, settings: Any) -> None:
    settings.SECRETS_KEY = "another key"
    assert post(channel, webhooks.message("wamid.1", body="Halo")).status_code == 403
    assert TOKEN not in str(CloudAccount.objects.values())


def test_a_storm_of_doubled_and_shuffled_statuses_settles_once(channel: Channel) -> None:
    messages = sent(channel, 200)
    price = {"billable": True, "pricing_model": "PMP", "category": "marketing", "type": "regular"}
    statuses = [
        webhooks.status(str(message.provider_id), word, ref=str(message.pk), at=1_795_000_000 + n, pricing=price)
        for message in messages
        for n, word in enumerate(("sent", "delivered", "read"))
    ] * 2
    chance = random.Random(20261122)
    chance.shuffle(statuses)
    client = Client()
    for start in range(0, len(statuses), 25):
        assert post(channel, webhooks.statuses(*statuses[start : start + 25]), client=client).status_code == 200
        if start % 300 == 0:
            process_raw_events(channel)
    while process_raw_events(channel).processed:
        pass
    assert RawEvent.objects.count() == 600
    assert Receipt.objects.count() == 600
    assert Counter(Message.objects.values_list("state", flat=True)) == {"read": 200}
    assert MessagePrice.objects.count() == 200
    assert set(MessagePrice.objects.values_list("category", "amount", "is_billable")) == {("marketing", 670, True)}


INCOMING: list[tuple[str, dict[str, Any], str]] = [
    ("text", {"body": "Halo Kak"}, "Halo Kak"),
    ("image", {"id": "1", "caption": "ini"}, "📷 ini"),
    ("document", {"id": "1", "filename": "nota.pdf"}, "📄 nota.pdf"),
    ("audio", {"id": "1", "voice": True}, "🎤"),
    ("video", {"id": "1"}, "🎬"),
    ("sticker", {"id": "1"}, "🏷️"),
    ("button", {"text": "Mau", "payload": "YA"}, "Mau"),
    ("interactive", {"value": {"type": "button_reply", "button_reply": {"id": "a", "title": "Ya"}}}, "Ya"),
    ("interactive", {"value": {"type": "list_reply", "list_reply": {"id": "a", "title": "Batik"}}}, "Batik"),
    ("interactive", {"value": {"type": "nfm_reply", "nfm_reply": {"body": "Sent", "name": "flow"}}}, "Sent"),
    ("location", {"latitude": -6.9, "longitude": 107.6, "name": "Toko"},
     "📍 Toko\nhttps://maps.google.com/?q=-6.9,107.6"),
    ("contacts", {"value": [{"name": {"formatted_name": "Budi"}, "phones": [{"phone": "+62811"}]}]},
     "👤 Budi +62811"),
    ("order", {"catalog_id": "c", "text": "tolong", "product_items": [
        {"product_retailer_id": "BTK-1", "quantity": 2, "item_price": 150000, "currency": "IDR"}]},
     "🛒 tolong\n2 × BTK-1 @ IDR 150000"),
    ("unsupported", {}, "❔ Pesan jenis ini belum bisa ditampilkan. Buka WhatsApp di HP untuk melihatnya."),
]  # fmt: skip


class TestMeaning:
    def test_incoming_messages_are_parsed(self, channel: Channel) -> None:
        for number, (kind, part, _text) in enumerate(INCOMING):
            post(channel, webhooks.message(f"wamid.{number}", kind, phone=f"62812000001{number:02}", **part))
        while process_raw_events(channel).processed:
            pass
        found = Message.objects.values_list("provider_id", "text", "direction", "contact__name")
        assert {told: parsed for told, *parsed in found} == {
            f"wamid.{number}": [text, "inbound", "Ayu"] for number, (_kind, _part, text) in enumerate(INCOMING)
        }
        phones = set(Identity.objects.values_list("value", flat=True))
        assert phones == {f"+62812000001{number:02}" for number in range(len(INCOMING))}

    def test_a_writer_without_a_number_is_known_by_the_scoped_id(self, channel: Channel) -> None:
        post(channel, webhooks.message("wamid.1", phone=None, bsuid="ID.13491208655302741918", body="Halo"))
        post(channel, webhooks.message("wamid.2", phone="628120000009", bsuid="ID.13491208655302741918", body="Lagi"))
        process_raw_events(channel)
        contact = Contact.objects.get()
        assert set(contact.identities.values_list("kind", "value")) == {
            ("bsuid", "ID.13491208655302741918"),
            ("phone", "+628120000009"),
        }

    def test_an_answer_finds_what_it_answers(self, channel: Channel) -> None:
        [message] = sent(channel, 1)
        post(channel, webhooks.message("wamid.in", body="Mau", context="wamid.0"))
        process_raw_events(channel)
        assert Message.objects.get(direction="inbound").quoted_id == message.pk

    def changed(self, channel: Channel, kind: str, *, phone: str | None = "6281200000001", **told: str) -> None:
        body = webhooks.message(f"wamid.{kind}", "system", phone=phone, value={"body": "changed", "type": kind, **told})
        body["entry"][0]["changes"][0]["value"].pop("contacts")
        assert post(channel, body).status_code == 200
        while process_raw_events(channel).processed:
            pass
        assert not RawEvent.objects.exclude(error="").exists()

    def test_who_has_a_new_number_takes_everything_along(self, channel: Channel) -> None:
        post(channel, webhooks.message("wamid.1", bsuid="ID.1", body="Halo"))
        post(channel, webhooks.message("wamid.2", phone="628120000009", bsuid="ID.2", body="Nomor baru saya"))
        while process_raw_events(channel).processed:
            pass
        told = {"wa_id": "628120000009", "user_id": "ID.2", "previous_user_id": "ID.1"}
        self.changed(channel, "user_changed_number", **told)
        contact = Contact.objects.get(erased_at=None)
        assert set(contact.identities.values_list("kind", "value")) == {("phone", "+628120000009"), ("bsuid", "ID.2")}
        assert Message.objects.filter(contact=contact).count() == 2

    def test_a_new_id_without_any_number_is_the_same_person(self, channel: Channel) -> None:
        post(channel, webhooks.message("wamid.1", phone=None, bsuid="ID.1", body="Halo"))
        self.changed(channel, "user_changed_user_id", phone=None, user_id="ID.2", previous_user_id="ID.1")
        post(channel, webhooks.message("wamid.2", phone=None, bsuid="ID.2", body="Halo lagi"))
        while process_raw_events(channel).processed:
            pass
        assert Message.objects.filter(contact=Contact.objects.get()).count() == 2

    def test_a_stop_goes_along_to_the_new_number(self, channel: Channel) -> None:
        post(channel, webhooks.message("wamid.1", body="STOP"))
        self.changed(channel, "user_changed_number", wa_id="628120000009")
        post(channel, webhooks.message("wamid.2", phone="628120000009", body="Halo"))
        while process_raw_events(channel).processed:
            pass
        assert Consent.objects.get(contact=Contact.objects.get()).state == "withdrawn"
        assert Suppression.objects.filter(value="+628120000009").exists()

    @pytest.mark.parametrize("kind", ["customer_identity_changed", "user_changed_number", "something_new"])
    def test_other_news_of_a_person_change_nothing(self, channel: Channel, kind: str) -> None:
        self.changed(channel, kind)
        assert not Message.objects.exists()
        assert not Contact.objects.exists()

    def test_why_a_message_failed_is_told(self, channel: Channel) -> None:
        sent(channel, 1)
        error = {"code": 131026, "title": "undeliverable", "error_data": {"details": "not on WhatsApp"}}
        post(channel, webhooks.statuses(webhooks.status("wamid.0", "failed", errors=[error])))
        process_raw_events(channel)
        message = Message.objects.get()
        assert (message.state, message.detail) == ("failed", "not_on_whatsapp 131026: not on WhatsApp")

    def test_a_free_message_costs_nothing(self, channel: Channel) -> None:
        sent(channel, 1)
        price = {"billable": False, "category": "service", "type": "free_customer_service"}
        post(channel, webhooks.statuses(webhooks.status("wamid.0", "delivered", pricing=price)))
        process_raw_events(channel)
        assert MessagePrice.objects.values_list("category", "amount", "is_billable").get() == ("service", 0, False)

    def test_promotions_switched_off_at_whatsapp_are_a_stop(self, channel: Channel) -> None:
        [contact] = make_agreeing(channel.workspace, 1)
        phone = contact.identities.get(kind="phone").value.lstrip("+")
        told = {"wa_id": phone, "category": "marketing_messages", "timestamp": 1_795_000_000}
        preferences = [told | {"value": "resume"}, told | {"value": "stop", "detail": "User requested to stop"}]
        for one in preferences * 2:
            post(channel, webhooks.envelope(field="user_preferences", user_preferences=[one]))
        while process_raw_events(channel).processed:
            pass
        assert Consent.objects.get(contact=contact).state == "withdrawn"
        assert ConsentEvent.objects.filter(contact=contact, source="vendor_switch").count() == 1

    def test_a_reaction_and_the_shops_own_phone_are_no_new_message_of_a_contact(self, channel: Channel) -> None:
        [message] = sent(channel, 1)
        Identity.objects.create(
            workspace=channel.workspace, contact=message.contact, kind="phone", value="+6281200000001"
        )
        post(channel, webhooks.message("wamid.r", "reaction", message_id="wamid.0", emoji="❤️"))
        echo = {
            "id": "wamid.own",
            "to": "6281200000001",
            "type": "text",
            "text": {"body": "Siap"},
            "timestamp": "1795000000",
        }
        post(channel, webhooks.envelope(field="smb_message_echoes", message_echoes=[echo]))
        while process_raw_events(channel).processed:
            pass
        assert not Message.objects.filter(direction="inbound").exists()
        assert Message.objects.get(provider_id="wamid.own").direction == "outbound"

    def test_the_shops_own_phone_writes_to_a_person_without_a_number(self, channel: Channel) -> None:
        echo = {"id": "wamid.own", "to_user_id": "ID.7", "type": "text", "text": {"body": "Siap"}}
        post(channel, webhooks.envelope(field="smb_message_echoes", message_echoes=[echo, {"id": "x", "type": "text"}]))
        process_raw_events(channel)
        assert Message.objects.get().contact == Identity.objects.get(kind="bsuid", value="ID.7").contact

    def test_a_disabled_account_stops_the_number(self, channel: Channel) -> None:
        ban = {"waba_ban_state": "DISABLE", "waba_ban_date": "November 22, 2026"}
        post(channel, webhooks.envelope(field="account_update", event="DISABLED_UPDATE", ban_info=ban))
        process_raw_events(channel)
        channel.refresh_from_db()
        assert channel.state == "banned"


def test_nothing_of_a_body_is_lost_in_taking_it_apart() -> None:
    value = webhooks.message("wamid.1", body="Halo")["entry"][0]["changes"][0]["value"]
    value |= {"statuses": [webhooks.status("wamid.2", "read")], "errors": [{"code": 1}], "news": {"deep": 1}}
    body = {"entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}
    found = list(pieces(read_body(json.dumps(body).encode())))
    assert [piece.kind for piece in found] == ["message", "status", "error", "unknown_part"]
    assert [piece.dedupe_key for piece in found[:2]] == ["message:wamid.1", "status:wamid.2:read"]
    assert len({piece.dedupe_key for piece in found}) == 4


def test_what_cannot_be_kept_is_no_body() -> None:
    with pytest.raises(BrokenBodyError):
        read_body(b'{"a": Infinity}')
