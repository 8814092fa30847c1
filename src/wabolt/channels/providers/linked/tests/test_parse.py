"""Parsing of the stored events of a linked number."""

import socket
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.channels.providers.linked.decode import decode
from wabolt.channels.providers.linked.frames import read_frame, send_frame
from wabolt.channels.providers.linked.parse import parse
from wabolt.channels.providers.linked.refs import MAX_REF, SECRET_SIZE, seal, unseal
from wabolt.channels.registry.contract import UnknownEventError
from wabolt.channels.registry.events import (
    ConnectionChanged,
    IncomingMessage,
    MessageUpdated,
    OwnMessage,
    ReceiptArrived,
)

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
KEY = b"k" * 32
RANI = (("phone", "+62811"), ("lid", "1002"))


def told(body: dict, **more: object) -> dict:
    """A message event in its stored form."""
    return {
        "id": "WA-1",
        "name": "Rani",
        "category": "",
        "chat": "1002@lid",
        "sender": "1002@lid",
        "sender_alt": "62811@s.whatsapp.net",
        "recipient_alt": "",
        "from_me": False,
        "group": False,
        "body": body,
        **more,
    }


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_ref_is_unsealed_with_its_own_key_only(ref: str) -> None:
    secret = seal(KEY, ref)
    assert len(secret) == SECRET_SIZE
    fits = len(ref.encode()) <= MAX_REF
    assert unseal(KEY, secret) == (ref if fits else None)
    assert unseal(b"another key" * 3, secret) is None
    assert seal(KEY, ref) != secret, "equal refs make different secrets"


@pytest.mark.parametrize("secret", [b"", bytes(32), b"x" * 31, b"x" * 64])
def test_foreign_secret_contains_no_ref(secret: bytes) -> None:
    assert unseal(KEY, secret) is None


@pytest.mark.parametrize(
    ("body", "text", "quoted"),
    [
        ({"conversation": "Halo"}, "Halo", None),
        ({"extendedTextMessage": {"text": "Ya", "contextInfo": {"stanzaID": "Q"}}}, "Ya", "Q"),
        ({"ephemeralMessage": {"message": {"conversation": "Sebentar"}}}, "Sebentar", None),
        ({"imageMessage": {"caption": "Ini"}}, "📷 Ini", None),
        ({"audioMessage": {}}, "🎤", None),
        ({"documentWithCaptionMessage": {"message": {"documentMessage": {"fileName": "a.pdf"}}}}, "📄 a.pdf", None),
        ({"buttonsResponseMessage": {"selectedDisplayText": "Mau"}}, "Mau", None),
        ({"listResponseMessage": {"title": "Ukuran L"}}, "Ukuran L", None),
    ],
)
def test_text_is_read_in_every_envelope(body: dict, text: str, quoted: str | None) -> None:
    assert parse("message", told(body), NOON) == [IncomingMessage("WA-1", RANI, "Rani", text, NOON, quoted)]


def test_own_message_names_its_recipient() -> None:
    event = told(
        {"conversation": "Ada"}, from_me=True, sender_alt="62800@s.whatsapp.net", recipient_alt="62811@s.whatsapp.net"
    )
    assert parse("message", event, NOON) == [OwnMessage("WA-1", RANI, "Ada", NOON)]


def test_a_hidden_number_is_found_through_the_mapping_or_stays_hidden() -> None:
    hidden = told({"conversation": "Halo"}, sender_alt="")
    [message] = parse("message", hidden, NOON)
    assert message.identities == (("lid", "1002"),)
    [message] = parse("message", hidden | {"phone": "62811"}, NOON)
    assert message.identities == RANI


def test_changes_and_deletions_name_their_message() -> None:
    edit = {"editedMessage": {"message": {"protocolMessage": {"type": "MESSAGE_EDIT", "key": {"ID": "OLD"},
            "editedMessage": {"conversation": "Ukuran L"}}}}}  # fmt: skip
    revoke = {"protocolMessage": {"key": {"ID": "OLD"}}}
    assert parse("message", told(edit), NOON) == [MessageUpdated("edit", "WA-1", "OLD", RANI, "Ukuran L", NOON)]
    assert parse("message", told(revoke), NOON) == [MessageUpdated("revoke", "WA-1", "OLD", RANI, "", NOON)]


@pytest.mark.parametrize(
    "event",
    [
        told({"conversation": "Halo semua"}, group=True),
        told({"protocolMessage": {"type": "APP_STATE_SYNC_KEY_SHARE"}}, category="peer"),
        told({"protocolMessage": {"type": "EPHEMERAL_SETTING"}}),
        told({"senderKeyDistributionMessage": {}}),
        told({"conversation": "?"}, chat="", sender_alt=""),
    ],
)
def test_event_without_a_message_of_a_person_is_ignored(event: dict) -> None:
    assert parse("message", event, NOON) == []


def test_a_receipt_settles_each_message_by_its_own_ref() -> None:
    event = {**told({}), "ids": ["A", "B"], "told": "read", "refs": {"B": "42"}}
    assert parse("receipt", event, NOON) == [
        ReceiptArrived(("A",), "read", NOON),
        ReceiptArrived(("B",), "read", NOON, ref="42"),
    ]
    for silent in ({"told": "retry"}, {"told": "unknown"}, {"from_me": True}, {"group": True}):
        assert parse("receipt", event | silent, NOON) == []


def test_ban_is_reported_with_its_end() -> None:
    [change] = parse("banned", {"code": "blocked_by_users", "seconds": 3600}, NOON)
    assert isinstance(change, ConnectionChanged)
    assert change.detail["until"] == "2026-11-22T06:00:00+00:00"
    assert change.detail["code"] == "blocked_by_users"


def test_unknown_kind_raises_and_undecodable_event_is_stored() -> None:
    with pytest.raises(UnknownEventError):
        parse("telepathy", {}, NOON)
    pytest.importorskip("neonize")
    event = decode("message", b"\xff\xff not protobuf", NOON)
    assert event.kind == "unreadable"
    assert event.payload["of"] == "message"
    assert parse("unreadable", event.payload, NOON) == []


@pytest.mark.enable_socket
def test_frames_arrive_complete_and_a_closed_socket_returns_none() -> None:
    here, there = socket.socketpair()
    with here, there:
        for frame in ({"do": "beat"}, {"text": "é" * 10_000}):
            send_frame(here, frame)
            assert read_frame(there) == frame
        here.sendall(b"\x00\x00\x00\x09{")
        here.close()
        assert read_frame(there) is None
