"""Each received text and name is stored and shown."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.cloud.conftest import make_cloud, post
from tests.graph import webhooks
from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.providers.linked.event_store import EventStore
from wabolt.channels.providers.linked.provider import _psycopg_dsn
from wabolt.channels.providers.linked.stored_event import StoredEvent
from wabolt.channels.providers.simulator import phones
from wabolt.channels.providers.simulator.provider import SimulatorProvider
from wabolt.channels.services import NewRawEvent, store_raw_events
from wabolt.channels.tests.factories import make_channel
from wabolt.lib.text import storable, storable_json
from wabolt.messaging.models import Message
from wabolt.messaging.services import process_raw_events

# Includes NUL and lone surrogates, which st.text() leaves out.
ANY = st.text(st.characters(codec=None) | st.sampled_from("\x00\ud800\udfffA ")).map(lambda text: text[:200])
NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
MANY = st.lists(st.tuples(ANY, ANY), min_size=6, max_size=12)
"""Texts and names of several people; each writes once."""
law = settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])


def received(channel: Channel) -> list[str]:
    """Processes what was stored. Returns the texts of the conversations in the order of the people."""
    process_raw_events(channel)
    assert not RawEvent.objects.filter(channel=channel, processed_at=None).exists()
    found = Message.objects.filter(channel=channel, direction="inbound").order_by("contact__identities__value")
    return list(found.filter(contact__identities__kind="phone").values_list("text", flat=True))


def phone_of(number: int) -> str:
    return f"62812000001{number:02}"


def shown(texts: list[tuple[str, str]]) -> list[str]:
    """Returns the texts that the conversations show; an empty one has a placeholder."""
    unreadable = "❔ Pesan jenis ini belum bisa ditampilkan. Buka WhatsApp di HP untuk melihatnya."
    return [storable(text) or unreadable for text, _name in texts]


def linked_message(number: int, text: str, name: str) -> StoredEvent:
    lid = f"77{number:02}@lid"
    payload = {
        "id": f"3EB0{number}", "name": name, "category": "", "edit": "", "chat": lid, "sender": lid,
        "sender_alt": f"{phone_of(number)}@s.whatsapp.net", "recipient_alt": "", "from_me": False, "device": 0,
        "group": False, "body": {"conversation": text},
    }  # fmt: skip
    return StoredEvent("message", payload, NOON, f"m:{number}")


@pytest.mark.django_db
class TestDoors:
    @law
    @given(told=MANY, number=st.integers(1, 10**9))
    def test_the_cloud_api(self, told: list[tuple[str, str]], number: int) -> None:
        channel = make_cloud(number_id=str(number))
        bodies = [
            webhooks.message(f"wamid.{number}.{n}", phone=phone_of(n), body=text) for n, (text, _) in enumerate(told)
        ]
        for body, (_, name) in zip(bodies, told, strict=True):
            value = body["entry"][0]["changes"][0]["value"]
            value["metadata"]["phone_number_id"] = str(number)
            value["contacts"][0]["profile"]["name"] = name
        whole = {**bodies[0], "entry": [entry for body in bodies for entry in body["entry"]]}
        assert post(channel, json.dumps(whole).encode()).status_code == 200
        assert received(channel) == shown(told)

    @law
    @given(told=MANY)
    @example(told=[("Halo", "Sari\x00\ud800")])
    def test_a_simulated_phone(self, told: list[tuple[str, str]]) -> None:
        channel = make_channel()
        for n, (text, name) in enumerate(told):
            phones.write(channel=channel, phone=f"+{phone_of(n)}", text=text, name=name)
        SimulatorProvider(channel).collect(100)
        assert received(channel) == shown(told)

    @law
    @given(told=MANY)
    def test_what_a_provider_stores(self, told: list[tuple[str, str]]) -> None:
        channel = make_channel(provider="linked")
        events = [linked_message(n, text, name) for n, (text, name) in enumerate(told)]
        stored = [
            NewRawEvent(event.kind, event.payload, event.at, f"{text}{n}")
            for n, (event, (text, _)) in enumerate(zip(events, told, strict=True))
        ]
        store_raw_events(channel=channel, events=stored)
        assert received(channel) == shown(told)


@pytest.mark.django_db(transaction=True)
@settings(law, max_examples=3)
@given(told=MANY)
def test_a_linked_number(socket_enabled: None, told: list[tuple[str, str]]) -> None:
    with connection.cursor() as cursor:  # the library's tables that the store reads
        cursor.execute("CREATE SCHEMA IF NOT EXISTS whatsmeow")
        cursor.execute("CREATE TABLE IF NOT EXISTS whatsmeow.whatsmeow_lid_map (lid text, pn text)")
    channel = make_channel(provider="linked")
    store = EventStore(_psycopg_dsn(), channel.pk, bytes(32))
    try:
        store.roll_back()
        for n, (text, name) in enumerate(told):
            store.store(linked_message(n, text, name))
    finally:
        store.close()
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA whatsmeow CASCADE")
    assert received(channel) == shown(told)


@given(st.recursive(ANY | st.integers() | st.none(), lambda v: st.lists(v) | st.dictionaries(ANY, v), max_leaves=8))
def test_what_is_storable_is_encodable_and_stays(value: object) -> None:
    clean = storable_json(value)
    assert "\\u0000" not in json.dumps(clean)
    json.dumps(clean, ensure_ascii=False).encode()
    assert storable_json(clean) == clean


def test_one_function_answers_what_postgresql_stores() -> None:
    """Only `lib.text` removes NUL and surrogates."""
    by_hand = re.compile(
        r"""replace\(\s*["']\\(?:x00|0|u0000)["']|\(["']utf-8["'], ["'](?:ignore|replace)["']\)\.decode"""
    )
    root = Path(__file__).parents[2] / "src" / "wabolt"
    # The workers are started by path and import nothing from the package.
    allowed = {root / "lib" / "text.py", root / "lib" / "workers" / "sheets.py"}
    copies = [
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if "tests" not in path.parts and path not in allowed and by_hand.search(path.read_text())
    ]
    assert copies == []
