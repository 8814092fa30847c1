"""Files that people send: expected, fetched, looked at, and what becomes of those that do not come."""

from datetime import timedelta

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.accounts.tests.factories import signed_in
from wabolt.channels.models import Channel
from wabolt.channels.registry import MediaGoneError
from wabolt.channels.tests.scripted import ScriptedProvider
from wabolt.contacts.queries import find_by_identity
from wabolt.contacts.services import erase_contacts
from wabolt.lib import clock
from wabolt.media.models import MediaFile
from wabolt.media.rules import OPAQUE, identify, recognise, safe_name
from wabolt.media.tests.factories import PDF_BYTES, picture_bytes
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.inbound.models import IncomingFile
from wabolt.messaging.inbound.rules import next_try
from wabolt.messaging.inbound.services import files as incoming
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.store.models import Conversation, Message

AYU = "+6281200000001"
PICTURE = picture_bytes(640, 480)


def arrives(channel, world, data, **more):
    """An inbound message with a file, as intake stored it, before the file was fetched."""
    world.tell_file(AYU, "in-1", data, **more)
    provider = ScriptedProvider(channel)
    provider.collect(1000)
    process_raw_events(channel)
    return Message.objects.get(provider_id="in-1")


def test_a_message_is_there_at_once_and_its_file_waits(channel, world):
    message = arrives(channel, world, PICTURE, text="📷 Ukuran ini ada?", mime_type="image/jpeg", size=len(PICTURE))
    assert message.text == "📷 Ukuran ini ada?"
    assert message.media is None
    file = message.file
    assert (file.state, file.kind, file.size, file.tries) == ("waiting", "image", len(PICTURE), 0)
    assert file.reference == {"name": "in-1"}
    assert world.fetched == []


def test_the_bytes_come_as_they_were_sent(channel, world):
    message = arrives(channel, world, PICTURE, name="IMG_1.JPG")
    work_lane_once(channel)
    message.refresh_from_db()
    assert bytes(message.media.data) == PICTURE
    assert (message.media.kind, message.media.mime_type) == ("image", "image/jpeg")
    assert (message.media.width, message.media.height) == (640, 480)
    file = IncomingFile.objects.get()
    assert (file.state, file.name, file.reference, file.next_try_at) == ("done", "IMG_1.jpg", {}, None)
    work_lane_once(channel)
    assert len(world.fetched) == 1, "what is here is not fetched again"


def test_a_file_of_the_shops_own_phone_is_fetched_too(channel, world):
    world.files["own-1"] = PDF_BYTES
    told = {"kind": "document", "mime_type": "application/pdf", "size": None, "name": "harga.pdf", "lies": "own-1"}
    world.tell("own", "own-1", text="📄 harga.pdf", identities=[["phone", AYU]], provider_id="own-1", file=told)
    work_lane_once(channel)
    message = Message.objects.get(provider_id="own-1")
    assert (message.direction, message.state) == ("outbound", "sent")
    assert bytes(message.media.data) == PDF_BYTES


def test_the_same_event_twice_expects_one_file(channel, world):
    arrives(channel, world, PICTURE)
    world.tell_file(AYU, "in-1", PICTURE)
    world.told[-1] = world.told[-1].__class__(world.told[-1].kind, world.told[-1].payload, clock.now(), "in-1-again")
    work_lane_once(channel)
    assert Message.objects.count() == IncomingFile.objects.count() == 1


def test_two_people_who_send_the_same_file_share_its_bytes(channel, world):
    world.tell_file(AYU, "a", PDF_BYTES)
    world.tell_file("+6281200000002", "b", PDF_BYTES)
    work_lane_once(channel)
    assert set(Message.objects.values_list("media__sha256", flat=True)) == {MediaFile.objects.get().sha256}


def test_customers_take_turns(channel, world):
    """Many files of one customer do not delay those of others."""
    for name in ("a1", "a2", "a3"):
        world.tell_file(AYU, name, PDF_BYTES)
    world.tell_file("+6281200000002", "b1", PDF_BYTES)
    work_lane_once(channel)
    assert world.fetched == ["a1", "b1", "a2", "a3"]


def test_a_try_that_fails_is_made_again_later_and_given_up_in_the_end(channel, world, held):
    arrives(channel, world, ConnectionError("no line"))
    tries = 0
    while (file := IncomingFile.objects.get()).state == "waiting":
        held.moment = max(held.moment, file.next_try_at)
        work_lane_once(channel)
        tries += 1
        assert len(world.fetched) == tries
    assert file.state == "gone"
    assert file.why == "no line"
    assert timedelta(days=6) < held.moment - Message.objects.get().created_at < timedelta(days=9)


def test_nothing_is_asked_for_before_its_time_or_while_the_number_is_offline(channel, world, held):
    arrives(channel, world, ConnectionError("no line"))
    work_lane_once(channel)
    work_lane_once(channel)
    assert len(world.fetched) == 1
    held.moment += timedelta(hours=1)
    Channel.objects.update(state="offline")
    work_lane_once(channel)
    assert len(world.fetched) == 1
    Channel.objects.update(state="connected")
    world.files["in-1"] = PDF_BYTES
    work_lane_once(channel)
    assert IncomingFile.objects.get().state == "done"


@each("jump", [timedelta(hours=1), timedelta(hours=-1)], undone=True)
def test_a_clock_that_is_set_delays_no_file(channel, world, held, jump):
    arrives(channel, world, ConnectionError("no line"))
    work_lane_once(channel)
    with clock.skewed(jump):
        held.move(seconds=10)
        world.fetched.clear()
        work_lane_once(channel)
        assert len(world.fetched) == 1


def test_a_file_that_the_vendor_has_no_more_is_gone_at_once(channel, world):
    message = arrives(channel, world, MediaGoneError("410"))
    work_lane_once(channel)
    assert (message.file.__class__.objects.get().state, Message.objects.get().media) == ("gone", None)


def test_an_unexpected_fetch_error_is_retried(channel, world):
    arrives(channel, world, KeyError("what"))
    work_lane_once(channel)
    file = IncomingFile.objects.get()
    assert (file.state, file.tries) == ("waiting", 1)


def test_too_big_is_known_before_or_after_it_was_asked_for(channel, world, settings):
    settings.INCOMING_MAX_BYTES = 1000
    world.tell_file(AYU, "told", PICTURE, size=5000)
    world.tell_file(AYU, "untold", PICTURE + bytes(2000))
    work_lane_once(channel)
    assert set(IncomingFile.objects.values_list("state", flat=True)) == {"too_big"}
    assert world.fetched == ["untold"]
    assert not MediaFile.objects.exists()


def test_killed_between_fetch_and_store_it_is_fetched_again_and_stored_once(channel, world, monkeypatch):
    arrives(channel, world, PDF_BYTES)

    class Killed(BaseException):
        pass

    def die(*_args, **_more):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(incoming, "keep_media", die)
        with pytest.raises(Killed):
            work_lane_once(channel)
    assert (IncomingFile.objects.get().state, MediaFile.objects.count()) == ("waiting", 0)
    with monkeypatch.context() as patch:
        # And at the last moment: the file is in, the row is not yet.
        patch.setattr(IncomingFile.objects.__class__, "select_for_update", die)
        with pytest.raises(Killed):
            work_lane_once(channel)
    assert (IncomingFile.objects.get().state, MediaFile.objects.count()) == ("waiting", 0)
    work_lane_once(channel)
    assert (IncomingFile.objects.get().state, MediaFile.objects.count()) == ("done", 1)
    assert len(world.fetched) == 3


def test_two_gateways_that_fetch_the_same_file_store_it_once(channel, world):
    arrives(channel, world, PDF_BYTES)
    [file] = incoming.due_files(channel)
    provider = ScriptedProvider(channel)
    assert incoming.fetch_file(provider, file) == "done"
    world.files["in-1"] = MediaGoneError("meanwhile")
    incoming.fetch_file(provider, file)
    assert (IncomingFile.objects.get().state, MediaFile.objects.count()) == ("done", 1)


def test_who_is_erased_takes_their_files_along(channel, world):
    message = arrives(channel, world, PDF_BYTES)
    world.tell_file("+6281200000002", "other", PDF_BYTES)
    world.tell_file(AYU, "alone", PDF_BYTES + b"\n")
    work_lane_once(channel)
    world.tell_file(AYU, "late", PDF_BYTES)
    ScriptedProvider(channel).collect(10)
    process_raw_events(channel)
    erase_contacts(workspace=channel.workspace, ids=[message.contact_id])
    work_lane_once(channel)
    assert list(Message.objects.filter(media__isnull=False).values_list("provider_id", flat=True)) == ["other"]
    assert MediaFile.objects.count() == 1
    theirs = IncomingFile.objects.exclude(message__provider_id="other")
    assert list(theirs.values_list("state", flat=True)) == ["gone"] * 3


def test_who_is_erased_takes_what_was_said_along(channel, world):
    world.tell_message(AYU, "Saya Ayu, alamat saya Jalan Melati 5", "in-1")
    world.tell_message("+6281200000002", "Halo", "in-2")
    ScriptedProvider(channel).collect(10)
    process_raw_events(channel)
    ayu = find_by_identity(channel.workspace, "phone", AYU)
    erase_contacts(workspace=channel.workspace, ids=[ayu.pk])
    assert set(Message.objects.filter(direction="inbound").values_list("text", flat=True)) == {"", "Halo"}
    waiting = Conversation.objects.values_list("last_text", "unread", "unanswered")
    assert set(waiting) == {("", 0, 0), ("Halo", 1, 1)}


@each(
    ("data", "kind", "mime_type"),
    [
        (PICTURE, "image", "image/jpeg"),
        (picture_bytes(4, 4, kind="PNG"), "image", "image/png"),
        (picture_bytes(4, 4, kind="WEBP"), "image", "image/webp"),
        (picture_bytes(4, 4, kind="GIF"), "image", "image/gif"),
        (PDF_BYTES, "document", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", "document", OPAQUE),
        (b"GIF89a=1;alert(1)//", "document", OPAQUE),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "document", OPAQUE),
        (b"<!doctype html><script>alert(1)</script>", "document", OPAQUE),
        (PICTURE[:200], "document", OPAQUE),
        (b"MZ\x90\x00", "document", OPAQUE),
        (b"OggS" + bytes(40), "audio", "audio/ogg"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(40), "video", "video/mp4"),
        (b"\x00\x00\x00\x18ftypM4A " + bytes(40), "audio", "audio/mp4"),
    ],
    undone=True,
)
def test_what_a_file_is_its_bytes_say_and_not_its_sender(channel, world, data, kind, mime_type):
    arrives(channel, world, data, mime_type="image/jpeg", name="batik.jpg")
    work_lane_once(channel)
    media = Message.objects.get().media
    assert (media.kind, media.mime_type) == (kind, mime_type)
    assert bytes(media.data) == data


def test_the_conversation_shows_a_file_and_its_state(channel, world):
    message = arrives(channel, world, PICTURE, text="📷 Ukuran ini ada?")
    client, url = signed_in(channel.workspace, "agent"), reverse("messaging:conversation", args=[message.contact_id])
    page = client.get(url).text
    assert "memuat…" in page
    assert "📷 Ukuran ini ada?" in page
    work_lane_once(channel)
    page = client.get(url).text
    message.refresh_from_db()
    assert f'src="{reverse("media:file", args=[message.media_id])}"' in page
    assert "📷" not in page, "the picture itself is its sign"
    assert "Ukuran ini ada?" in page
    assert "memuat…" not in page
    for state, words in (("gone", "sudah tidak ada di WhatsApp"), ("too_big", "terlalu besar untuk dimuat")):
        IncomingFile.objects.update(state=state)
        Message.objects.update(media=None)
        assert words in client.get(url).text


def test_hostile_bytes_are_handed_over_and_never_shown(channel, world):
    arrives(channel, world, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", name="foto.svg")
    work_lane_once(channel)
    media = Message.objects.get().media
    answer = signed_in(channel.workspace, "agent").get(reverse("media:file", args=[media.pk]))
    assert answer["Content-Type"] == OPAQUE
    assert answer["Content-Disposition"].startswith("attachment")
    assert "foto.bin" in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_an_empty_file_is_none(channel, world):
    arrives(channel, world, b"")
    work_lane_once(channel)
    assert IncomingFile.objects.get().state == "gone"


@given(st.binary(max_size=60), st.sampled_from(["image", "sticker", "video", "document", ""]), st.text(max_size=80))
def test_identifying_and_naming_never_raise(data, claimed, name):
    found = identify(data, claimed, recognise(data))
    called = safe_name(name, found)
    assert "/" not in called
    assert not called.lower().endswith((".exe", ".html", ".svg", ".js", ".apk"))


def test_pauses_grow_and_end():
    pauses = [next_try(n) for n in range(1, 15)]
    assert None not in pauses
    assert pauses == sorted(pauses)
    assert next_try(15) is None
