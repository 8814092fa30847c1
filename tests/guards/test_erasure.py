"""An erasure leaves no data of the person: the test searches every table of every schema, the sessions and the log."""

import base64
import io
import json
import logging
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.providers.linked.event_store import STORE
from wabolt.channels.providers.linked.models import LinkedNumber, NumberCheck, OldChat
from wabolt.channels.providers.simulator.models import SimulatedDelivery, SimulatedReply
from wabolt.channels.services import forget_people
from wabolt.channels.tests.factories import make_channel
from wabolt.consent import services as consent
from wabolt.contacts import services as contacts
from wabolt.contacts.models import Consumer, Contact, ParkedEvent
from wabolt.imports.models import Import, ImportPart
from wabolt.imports.services import queue_import, run_import, start_import
from wabolt.lib import clock
from wabolt.messaging.models import Conversation, Message

pytestmark = pytest.mark.django_db

NAME, EMAIL, CODE, LID = "Zulfikarnain Kertanegara", "zulfikarnain@contoh.example", "UNIK-90417", "118273645500912"
NUMBER = "+6281234509876"
WORDS = "kuningan-sepasang-gelang"
HIDDEN_LID = "190055443322110"
"""A LID of the person that only the library of linked numbers knows."""
NEEDLES = (NAME, NAME.split()[0], EMAIL, CODE, LID, HIDDEN_LID, NUMBER[1:], NUMBER[3:], WORDS)


def dump() -> Iterator[tuple[str, str]]:
    """(table, row as text) of every row of our schemas, as `pg_dump` writes it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND c.relpersistence <> 't'"
            " AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT t::text FROM {table} t")
            for (row,) in cursor.fetchall():
                yield table, row
    for session in Session.objects.all():
        yield "sessions, decoded", json.dumps(session.get_decoded(), ensure_ascii=False)


def traces() -> set[tuple[str, str]]:
    """(table, word of the person that it contains), also as hexadecimal bytes and as Base64."""
    forms = {}
    for needle in NEEDLES:
        raw = needle.encode()
        forms[needle] = needle.lower()
        forms[f"{needle} (hex)"] = raw.hex()
        for shift in range(3):  # the middle of the Base64 text does not depend on the text around it
            coded = base64.b64encode(b"\0" * shift + raw)[4:-4].decode()
            if len(coded) >= 8:
                forms[f"{needle} (Base64 {shift})"] = coded.lower()
    return {(table, name) for table, row in dump() for name, form in forms.items() if form in row.lower()}


def _import(workspace: Workspace) -> None:
    """A file with the person in an accepted row, in a rejected row, and in a row that repeats the code."""
    client = signed_in(workspace)
    text = (
        "Nama;No HP;Email;Kode;Catatan\n"
        f"{NAME};{NUMBER};{EMAIL};{CODE};{WORDS}\n"
        f"{NAME};0812;{EMAIL};;x\n"
        "Sari;081299998888;sari@example.com;S-1;y\n"
    )
    file = SimpleUploadedFile("pelanggan.csv", text.encode(), "text/csv")
    client.post(reverse("imports:new"), {"file": file})
    imported = Import.objects.get()
    queue_import(workspace=workspace, import_id=imported.pk, background=False)
    run_import(import_id=imported.pk)
    _upload_only(workspace, text)
    imported.refresh_from_db()
    assert imported.state == Import.State.DONE, (imported.state, imported.error)


def _upload_only(workspace: Workspace, text: str) -> None:
    """A file that was not imported, with a name that names the person, and one that was imported."""
    for name, state in ((f"{NAME.replace(' ', '_')}.csv", "mapping"), (f"wa {NUMBER}.csv", "done")):
        imported = start_import(workspace=workspace, kind="contacts", file=io.BytesIO(text.encode()), filename=name)
        Import.objects.filter(pk=imported.pk).update(
            state=state, created_at=clock.now() - timedelta(hours=2), sha256=state
        )
        if state == "done":
            ImportPart.objects.filter(imported=imported).delete()
            Import.objects.filter(pk=imported.pk).update(options={})


def _messages(channel: Channel, contact: Contact) -> None:
    workspace = channel.workspace
    Conversation.objects.create(
        workspace=workspace, channel=channel, contact=contact, last_text=WORDS, dialog_data={"answer": WORDS}
    )
    wamid = "wamid." + base64.b64encode(f"\x1c\x15{NUMBER[1:]}\x11".encode()).decode()
    for direction, key in (("inbound", wamid), ("outbound", f"{wamid}2")):
        Message.objects.create(
            workspace=workspace, channel=channel, contact=contact, direction=direction,
            text=f"{NAME}: {WORDS}", variables={"name": NAME}, provider_id=key, state="delivered", purpose="service",
            origin_kind="member", idempotency_key=f"{direction}:1", detail=f"{NUMBER} {WORDS}"[:200],
        )  # fmt: skip


def _channel(channel: Channel) -> None:
    payload = {"from": NUMBER[1:], "profile": {"name": NAME}, "text": {"body": WORDS}}
    by_lid = {"info": {"sender": f"{LID}:12@lid", "push_name": NAME}, "text": WORDS}
    for number, kept in enumerate((payload, by_lid)):
        RawEvent.objects.create(
            channel=channel, kind="message", payload=kept, occurred_at=clock.now(), dedupe_key=f"k{number}",
            error=f"no rule for {NUMBER}", processed_at=clock.now() if number else None,
        )  # fmt: skip
    unread = base64.b64encode(f"\x0a\x0d{NUMBER[1:]}\x12\x0e{NAME}\xff".encode("latin-1")).decode()
    RawEvent.objects.create(
        channel=channel, kind="unreadable", payload={"of": "message", "bytes": unread, "error": "DecodeError()"},
        occurred_at=clock.now(), processed_at=clock.now(),
    )  # fmt: skip
    SimulatedDelivery.objects.create(channel=channel, ref="r", phone=NUMBER, text=WORDS)
    SimulatedReply.objects.create(channel=channel, key="k", phone=NUMBER, text=WORDS, at=clock.now())
    OldChat.objects.create(channel=channel, address=f"lid:{LID}", phone="", lid=LID, name=NAME, messages=1)
    NumberCheck.objects.create(channel=channel, phone=NUMBER, is_on=True)


OWN = "6281100001111:3@s.whatsapp.net"
LIBRARY = f"""
DROP SCHEMA IF EXISTS {STORE} CASCADE; -- a test of the real library may have left its own tables
CREATE SCHEMA {STORE};
CREATE TABLE {STORE}.whatsmeow_contacts (our_jid text, their_jid text, full_name text, push_name text);
CREATE TABLE {STORE}.whatsmeow_sessions (our_jid text, their_id text, session bytea);
CREATE TABLE {STORE}.whatsmeow_lid_map (lid text, pn text);
CREATE TABLE {STORE}.whatsmeow_message_secrets
    (our_jid text, chat_jid text, sender_jid text, message_id text, key bytea);
CREATE TABLE {STORE}.whatsmeow_retry_buffer
    (our_jid text, chat_jid text, message_id text, format text, plaintext bytea);
CREATE TABLE {STORE}.wabolt_decrypting (
    channel_id bigint PRIMARY KEY, dedupe_keys text[], our_jid text, addresses text[], sessions jsonb, prekeys jsonb,
    tries int DEFAULT 1
);
"""


def _library(channel: Channel) -> None:
    """Rows that the library of linked numbers writes, of this person and of another one."""
    with connection.cursor() as cursor:
        cursor.execute(LIBRARY)
        for number, lid, name in ((NUMBER[1:], LID, NAME), ("6281299998888", "55512340000111", "Sari")):
            jid = f"{number}@s.whatsapp.net"
            cursor.execute(
                f"INSERT INTO {STORE}.whatsmeow_contacts (our_jid, their_jid, full_name) VALUES (%s, %s, %s)",
                [OWN, jid, name],
            )
            cursor.execute(f"INSERT INTO {STORE}.whatsmeow_lid_map (lid, pn) VALUES (%s, %s)", [lid, number])
        hidden = f"{HIDDEN_LID}:7@lid"
        cursor.execute(f"INSERT INTO {STORE}.whatsmeow_lid_map VALUES (%s, %s)", [HIDDEN_LID, NUMBER[1:]])
        cursor.execute(
            f"INSERT INTO {STORE}.whatsmeow_retry_buffer VALUES (%s, %s, '3EB0', 'waE2E', %s)",
            [OWN, hidden, WORDS.encode()],
        )
        cursor.execute(
            f"INSERT INTO {STORE}.whatsmeow_message_secrets VALUES (%s, %s, %s, '3EB0', 'x')", [OWN, hidden, hidden]
        )
        cursor.execute(
            f"INSERT INTO {STORE}.wabolt_decrypting (channel_id, dedupe_keys, our_jid, addresses, sessions, prekeys)"
            " VALUES (%s, %s, %s, %s, %s, '{}')",
            [channel.pk, ["m1"], OWN, [f"{HIDDEN_LID}_1:7"], json.dumps({f"{HIDDEN_LID}_1:7": WORDS})],
        )
    RawEvent.objects.create(
        channel=channel, kind="message", payload={"info": {"sender": hidden}}, occurred_at=clock.now(), dedupe_key="h"
    )


def _seed() -> tuple[Workspace, Contact]:
    workspace = make_workspace()
    _import(workspace)
    contact = Contact.objects.get(name=NAME)
    contacts.update_contact(
        workspace=workspace, contact_id=contact.pk, identities=[("lid", LID)], city="Bandung", email=EMAIL,
        birth_date=date(1990, 1, 2),
    )  # fmt: skip
    contacts.add_note(workspace=workspace, contact_id=contact.pk, text=f"{NAME} suka {WORDS}")
    consumer, _created = Consumer.objects.get_or_create(name="figures")
    ParkedEvent.objects.create(
        consumer=consumer, workspace=workspace, contact=contact, event_id=1, event_time=clock.now(),
        kind="note_added", error=f"ValueError: {NAME} {NUMBER}",
    )  # fmt: skip
    contacts.add_tags(workspace=workspace, contact_ids=[contact.pk], tag_names=["VIP"])
    other, _made = contacts.resolve_contact(workspace=workspace, identities=[("phone", "+6281299991111")], name=NAME)
    contacts.merge_contacts(workspace=workspace, keep_id=contact.pk, absorb_id=other.pk, reason="member")
    consent.withdraw(
        workspace=workspace,
        contact_ids=[contact.pk],
        statement=consent.ConsentStatement("marketing", "stop_word", evidence={"keyword": "STOP"}),
    )
    channel = make_channel(workspace)
    _messages(channel, contact)
    _channel(channel)
    LinkedNumber.objects.create(channel=channel, jid=OWN)
    _library(channel)
    return workspace, contact


def test_nothing_of_the_person_is_left(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    workspace, contact = _seed()
    before = {table.split(".")[-1] for table, _needle in traces()}
    assert len(before) >= 14, before
    client = signed_in(workspace, "manager")
    client.post(reverse("contacts:erase", args=[contact.pk]))
    contact.refresh_from_db()
    assert contact.erased_at is not None
    assert traces() == set()
    assert not [needle for needle in NEEDLES if needle.lower() in caplog.text.lower()]
    everything = [row for _table, row in dump()]
    assert sum("Sari" in row for row in everything) >= 2, "other people's data stays"


def test_import_after_the_erasure_keeps_nothing() -> None:
    workspace, contact = _seed()
    contacts.erase_contacts(workspace=workspace, ids=[contact.pk])
    Import.objects.all().delete()
    text = f"Nama;No HP;Email;Kode\n{NAME};{NUMBER};{EMAIL};{CODE}\n"
    client = signed_in(workspace, "manager")
    client.post(reverse("imports:new"), {"file": SimpleUploadedFile("lagi.csv", text.encode(), "text/csv")})
    imported = Import.objects.get()
    queue_import(workspace=workspace, import_id=imported.pk, background=False)
    run_import(import_id=imported.pk)
    assert traces() == set()


def test_erasing_in_one_shop_leaves_the_other_alone() -> None:
    _seed()
    before = traces()
    forget_people(workspace=make_workspace("Lain"), addresses=[("phone", NUMBER)])
    # The library's map of LIDs belongs to no shop; WhatsApp sends it again.
    assert {found for found in before - traces() if "lid_map" not in found[0]} == set()
