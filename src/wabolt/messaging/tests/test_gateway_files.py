"""Files on their way out: read once, shared by all who get them, and never too many in memory."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wabolt.lib.errors import DomainError
from wabolt.media.tests.factories import PDF_BYTES, make_media, picture_bytes
from wabolt.messaging.conversations.replies import queue_reply
from wabolt.messaging.gateway import files, work_lane_once
from wabolt.messaging.outbox.services.contents import create_content
from wabolt.messaging.outbox.services.queueing import queue_messages
from wabolt.messaging.services import Draft, Reply
from wabolt.messaging.store.models import Conversation, Message
from wabolt.messaging.tests.factories import make_people, queue_promotion, queue_service


def reads_of_bytes(asked):
    said = [query["sql"] for query in asked.captured_queries]
    return [sql for sql in said if '"data"' in sql and "mediafile" in sql]


def test_a_picture_is_read_once_for_all_who_get_it(channel, world):
    media = make_media(channel.workspace)
    content = create_content(workspace=channel.workspace, text="Halo {{ contact.name }}", media=media)
    queue_promotion(channel, make_people(channel.workspace, 5), content=content)
    with CaptureQueriesContext(connection) as asked:
        assert work_lane_once(channel) == 5
    assert len(reads_of_bytes(asked)) == 1
    assert len({id(out.media) for out in world.taken}) == 1
    [sent] = {out.media for out in world.taken}
    assert (sent.kind, sent.mime_type, sent.sha256) == ("image", "image/jpeg", media.sha256)
    assert sorted(out.text.splitlines()[0] for out in world.taken) == [f"Halo Ayu {n}" for n in range(5)]


def test_texts_ask_nothing_about_files(channel, world):
    queue_promotion(channel, make_people(channel.workspace, 3))
    with CaptureQueriesContext(connection) as asked:
        work_lane_once(channel)
    assert not [query for query in asked.captured_queries if "mediafile" in query["sql"]]
    assert [out.media for out in world.taken] == [None] * 3


def test_a_batch_holds_so_many_bytes_and_the_rest_follows(channel, world, held, monkeypatch):
    people = make_people(channel.workspace, 3)
    monkeypatch.setattr(files, "ROOM", 2 * len(PDF_BYTES) + 50)
    for number, person in enumerate(people):
        nota = make_media(channel.workspace, PDF_BYTES + b"%%%d" % number + b"\n%%EOF", f"Nota {number}.pdf")
        queue_service(channel, [person], text="", media=nota)
    turns = []
    while len(world.taken) < 3 and len(turns) < 5:
        turns += [work_lane_once(channel)]
        held.move(seconds=1)
    assert turns == [2, 1]
    assert sorted(out.media.name for out in world.taken) == ["Nota 0.pdf", "Nota 1.pdf", "Nota 2.pdf"]


def test_a_file_larger_than_the_room_goes_alone(channel, world, monkeypatch):
    monkeypatch.setattr(files, "ROOM", 1)
    queue_service(channel, make_people(channel.workspace, 1), text="", media=make_media(channel.workspace))
    assert work_lane_once(channel) == 1


def test_a_reply_may_be_a_picture_alone(channel, world, django_user_model):
    [person] = make_people(channel.workspace, 1)
    author = django_user_model.objects.create_user("sari@example.com", "rahasia-sekali")
    reply = queue_reply(
        workspace=channel.workspace,
        contact=person,
        reply=Reply(text="", author=author, media=make_media(channel.workspace)),
    )
    work_lane_once(channel)
    reply.refresh_from_db()
    assert (reply.state, reply.text) == ("sent", "")
    assert world.taken[0].media is not None
    assert Conversation.objects.get(contact=person).last_text


def test_what_a_number_cannot_carry_is_not_queued(channel, world):
    people = make_people(channel.workspace, 1)
    large = make_media(channel.workspace, picture_bytes(2000, 2000, kind="PNG"))
    type(large).objects.filter(pk=large.pk).update(size=200_000)
    large.refresh_from_db()
    with pytest.raises(DomainError) as refused:
        queue_service(channel, people, text="", media=large)
    assert refused.value.code == "too_large"
    with pytest.raises(DomainError) as refused:
        queue_service(channel, people, text="x" * 1025, media=make_media(channel.workspace))
    assert refused.value.code == "caption_too_long"
    assert not Message.objects.exists()


def test_a_content_carries_its_own_file(channel):
    content = create_content(workspace=channel.workspace, text="Halo")
    with pytest.raises(ValueError, match="a text or a content"):
        queue_messages(
            workspace=channel.workspace,
            channel=channel,
            contact_ids=[],
            draft=Draft(
                purpose="service",
                origin_kind="test",
                content=content,
                media=make_media(channel.workspace),
                key=uuid4().hex,
            ),
        )
