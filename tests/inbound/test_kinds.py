"""Each kind of message has a line in the conversation; unknown kinds are counted."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cases import each
from tests.cloud.conftest import make_cloud, post
from tests.graph import webhooks
from wabolt.channels.models import Channel
from wabolt.channels.providers.linked.parse import SILENT_PROTOCOL, parse
from wabolt.channels.queries import event_counts, strange_kinds
from wabolt.channels.registry import IncomingMessage, MessageUpdated
from wabolt.channels.services import NewRawEvent, store_raw_events
from wabolt.channels.tests.factories import make_channel
from wabolt.lib.text import normalise_keyword
from wabolt.messaging.models import Message
from wabolt.messaging.services import process_raw_events

pytest.importorskip("neonize")
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from neonize.proto import Neonize_pb2
from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e

from wabolt.channels.providers.linked.decode import decode

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
KEYS = {"senderKeyDistributionMessage", "fastRatchetKeySenderKeyDistributionMessage"}
FIELDS = sorted(set(e2e.Message.DESCRIPTOR.fields_by_name) - KEYS)
TEXTS = st.text(max_size=8)


def fill(message: Any, data: st.DataObject, depth: int) -> None:
    """Sets random fields of a protobuf message to random values."""
    fields = message.DESCRIPTOR.fields
    for field in data.draw(st.lists(st.sampled_from(list(fields)), max_size=4, unique_by=lambda f: f.name)):
        if field.message_type is not None:
            if depth == 0 or field.message_type.GetOptions().map_entry:
                continue
            part = getattr(message, field.name)
            if field.is_repeated:
                part = part.add()
            else:
                part.SetInParent()
            fill(part, data, depth - 1)
            continue
        value = data.draw(_value(field))
        if field.is_repeated:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)


def _value(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING:
            return st.binary(max_size=8) if field.type == FieldDescriptor.TYPE_BYTES else TEXTS
        case FieldDescriptor.CPPTYPE_BOOL:
            return st.booleans()
        case FieldDescriptor.CPPTYPE_DOUBLE | FieldDescriptor.CPPTYPE_FLOAT:
            return st.floats(width=32)
        case FieldDescriptor.CPPTYPE_ENUM:
            return st.sampled_from([value.number for value in field.enum_type.values])
        case FieldDescriptor.CPPTYPE_INT32:
            return st.integers(-(2**31), 2**31 - 1)
        case FieldDescriptor.CPPTYPE_INT64:
            return st.integers(-(2**63), 2**63 - 1)
    return st.integers(0, 2**32 - 1)


def heard(message: Any, **source: Any) -> Any:
    """Returns the stored event of a message."""
    event = Neonize_pb2.Message()
    event.Info.ID, event.Info.Pushname, event.Info.Timestamp = "WA-1", "Rani", 1_795_000_000_000
    where = event.Info.MessageSource
    for name, (user, server) in {"Chat": ("77", "lid"), "Sender": ("77", "lid"), **source}.items():
        jid = getattr(where, name)
        jid.User, jid.Server = user, server
    where.IsFromMe = False
    where.IsGroup = where.Chat.Server == "broadcast"
    event.Message.CopyFrom(message)
    return decode("message", event.SerializePartialToString(), NOON)


def meant(message: Any, **source: Any) -> list[Any]:
    told = heard(message, **source)
    assert json.dumps(told.payload, allow_nan=True)
    return parse(told.kind, told.payload, NOON)


def is_technical(message: Any) -> bool:
    body = MessageToDict(message).get("protocolMessage")
    return isinstance(body, dict) and body.get("type", "REVOKE") in SILENT_PROTOCOL


@each("field", FIELDS)
def test_any_field_of_a_message_that_is_there_makes_one_line(field: str) -> None:
    message = e2e.Message()
    if message.DESCRIPTOR.fields_by_name[field].message_type is None:
        setattr(message, field, "Halo")
    else:
        getattr(message, field).SetInParent()
    [event] = meant(message)
    assert isinstance(event, IncomingMessage | MessageUpdated)
    if isinstance(event, IncomingMessage):
        assert event.text or event.media or event.unsupported


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(field=st.sampled_from(FIELDS), data=st.data())
def test_every_message_makes_one_line(field: str, data: st.DataObject) -> None:
    message = e2e.Message()
    if message.DESCRIPTOR.fields_by_name[field].message_type is None:
        message.conversation = data.draw(TEXTS)
    else:
        part = getattr(message, field)
        part.SetInParent()
        fill(part, data, 3)
    events = meant(message)
    assert len(events) == 1 or is_technical(message) or (not events and _is_deep_key_share(message))
    for event in events:
        assert isinstance(event, IncomingMessage | MessageUpdated)


def _is_deep_key_share(message: Any) -> bool:
    """Whether an envelope contains only keys or a protocol message."""
    text = json.dumps(MessageToDict(message))
    return any(key in text for key in [*KEYS, *SILENT_PROTOCOL])


WITH_A_MESSAGE = sorted(
    field.name
    for field in e2e.Message.DESCRIPTOR.fields
    if field.message_type is not None
    and (inner := field.message_type.fields_by_name.get("message")) is not None
    and inner.message_type is e2e.Message.DESCRIPTOR
)
"""Fields that hold another message: disappearing, view once, edited, sent from another device, and so on."""


def test_there_are_envelopes() -> None:
    assert {"ephemeralMessage", "deviceSentMessage", "viewOnceMessageV2"} < set(WITH_A_MESSAGE)


@each("field", WITH_A_MESSAGE)
def test_a_stop_in_any_envelope_is_a_stop(field: str) -> None:
    for inner in (e2e.Message(conversation="STOP"), e2e.Message(extendedTextMessage={"text": "STOP"})):
        message = e2e.Message()
        getattr(message, field).message.CopyFrom(inner)
        message.messageContextInfo.SetInParent()
        twice = e2e.Message()
        twice.ephemeralMessage.message.CopyFrom(message)
        for sent in (message, twice):
            [event] = meant(sent)
            assert normalise_keyword(event.text) == "stop"


_PROTOCOL_MESSAGE = e2e.Message.DESCRIPTOR.fields_by_name["protocolMessage"].message_type
PROTOCOL = _PROTOCOL_MESSAGE.enum_types_by_name["Type"].values_by_name


@each("kind", sorted(PROTOCOL))
def test_each_protocol_message_is_silent_by_name_or_makes_one_line(kind: str) -> None:
    message = e2e.Message()
    message.protocolMessage.type = PROTOCOL[kind].number
    assert len(meant(message)) == (kind not in SILENT_PROTOCOL)


def test_silent_protocol_messages_exist() -> None:
    assert set(PROTOCOL) >= SILENT_PROTOCOL


def test_a_kind_of_the_future_makes_one_line() -> None:
    """A field that the installed protobuf definition does not know."""
    message = e2e.Message.FromString(bytes([0xFA, 0x7D, 2, 8, 1]))  # field 2015
    [event] = meant(message)
    assert event.unsupported == "empty"


def test_a_customers_own_broadcast_list_is_heard() -> None:
    message = e2e.Message(conversation="STOP")
    [event] = meant(message, Chat=("1700", "broadcast"), SenderAlt=("62811", "s.whatsapp.net"))
    assert event.text == "STOP"
    assert event.identities == (("phone", "+62811"), ("lid", "77"))
    assert meant(message, Chat=("status", "broadcast")) == []


VCARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Budi\nitem1.TEL;waid=62812:+62 812\nEND:VCARD"
READABLE = [
    ({"contactsArrayMessage": {"contacts": [{"displayName": "Budi", "vcard": VCARD}]}}, "👤 Budi +62 812"),
    ({"orderMessage": {"orderTitle": "Batik", "itemCount": 2, "totalAmount1000": "150000000",
                       "totalCurrencyCode": "IDR", "message": "Biru ya"}}, "🛒 Batik × 2 IDR 150.000\nBiru ya"),
    ({"pollCreationMessageV3": {"name": "Ukuran?", "options": [{"optionName": "M"}]}}, "📊 Ukuran?\n◻️ M"),
    ({"locationMessage": {"name": "Rumah", "degreesLatitude": -6.2, "degreesLongitude": 106.8}},
     "📍 Rumah\nhttps://maps.google.com/?q=-6.200000,106.800000"),
    ({"groupInviteMessage": {"groupName": "Arisan", "inviteCode": "abc"}}, "👥 Arisan\nhttps://chat.whatsapp.com/abc"),
    ({"interactiveResponseMessage": {"body": {"text": "Ya"}}}, "Ya"),
    ({"interactiveResponseMessage": {"nativeFlowResponseMessage": {"paramsJSON": '{"id": "stop"}'}}}, "stop"),
    ({"interactiveResponseMessage": {"nativeFlowResponseMessage": {"name": "form", "paramsJSON": "[" * 100_000}}},
     "❔ form"),
    ({"associatedChildMessage": {"message": {"imageMessage": {"caption": "2"}}}}, "📷 2"),
    ({"albumMessage": {"expectedImageCount": 3}}, "🖼️ 3 📷"),
    ({"ptvMessage": {}}, "🎬"),
    ({"viewOnceMessageV2": {"message": {"imageMessage": {}}}}, "📷"),
    ({"eventMessage": {"name": "Bazar", "startTime": "1795000000"}}, "📅 Bazar 2026-11-18 11:06+00:00"),
    ({"requestPaymentMessage": {"amount1000": "50000000", "currencyCodeIso4217": "IDR"}}, "💸 IDR 50.000"),
    ({"somethingNew": {"detail": {"title": "Halo"}}}, "❔ Halo"),
]  # fmt: skip


@each(("body", "text"), READABLE)
def test_what_can_be_read_is_read(body: dict[str, Any], text: str) -> None:
    expected = {
        "id": "1",
        "name": "Rani",
        "chat": "77@lid",
        "sender_alt": "",
        "from_me": False,
        "group": False,
        "body": body,
    }
    [event] = parse("message", expected, NOON)
    assert event.text == text
    assert not event.unsupported


CLOUD_KINDS = (
    *"text image button interactive order contacts location unsupported ephemeral poll payment".split(),  # noqa: SIM905
    *("reaction", "edit", "revoke", ""),
)
CLOUD_KEYS = (
    *("type", "body", "caption", "button_reply", "title", "text", "product_items", "name", "phones", "latitude"),
    *("message", "message_id", "emoji", "id"),
)
CLOUD_PARTS = st.recursive(
    st.none() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(CLOUD_KEYS), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.django_db
class TestConversation:
    def test_an_unsupported_message_is_shown_and_counted(self) -> None:
        channel = make_channel(provider="linked")
        told = heard(e2e.Message(placeholderMessage={}))
        store_raw_events(channel=channel, events=[NewRawEvent(told.kind, told.payload, told.at)])
        process_raw_events(channel)
        assert "belum bisa ditampilkan" in Message.objects.get(direction="inbound").text
        assert strange_kinds(channel) == [("message placeholderMessage", 1)]
        assert event_counts(channel.workspace, [channel.pk])[channel.pk].unknown == 1

    def test_what_is_done_to_a_message_that_is_not_here_has_a_line(self) -> None:
        channel = make_channel(provider="linked")
        edit = e2e.Message(
            protocolMessage={"key": {"ID": "OLD"}, "type": 14, "editedMessage": {"conversation": "Baru"}}
        )
        told = heard(edit)
        store_raw_events(channel=channel, events=[NewRawEvent(told.kind, told.payload, told.at)])
        process_raw_events(channel)
        assert Message.objects.get(direction="inbound").text == "Baru"

    @settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        told=st.lists(st.tuples(st.sampled_from(CLOUD_KINDS), CLOUD_PARTS), min_size=8, max_size=16),
        number=st.integers(1, 10**9),
    )
    def test_any_message_over_the_cloud_api_has_one_line(self, told: list[tuple[str, Any]], number: int) -> None:
        channel: Channel = make_cloud(number_id=str(number))
        ids = [f"wamid.{number}.{n}" for n in range(len(told))]
        bodies = [webhooks.message(name, kind, value=part) for name, (kind, part) in zip(ids, told, strict=True)]
        for body in bodies:
            body["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = str(number)
        assert post(channel, {**bodies[0], "entry": [body["entry"][0] for body in bodies]}).status_code == 200
        process_raw_events(channel)
        lines = Message.objects.filter(channel=channel, direction="inbound").values_list("provider_id", flat=True)
        assert sorted(lines) == sorted(ids)
