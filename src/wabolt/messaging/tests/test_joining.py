"""Two contacts become one: what is unread stays findable, and comes back when they are parted."""

from datetime import timedelta

import pytest
from tests.cases import each

from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.contacts.services import merge_contacts, undo_merge
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging.store.models import Conversation, Message


def _wrote(channel: Channel, contact: Contact, text: str, ago: int, unread: int = 1) -> Conversation:
    at = clock.now() - timedelta(minutes=ago)
    Message.objects.create(
        workspace=channel.workspace, channel=channel, contact=contact, direction=Message.Direction.INBOUND,
        state=Message.State.RECEIVED, origin_kind="contact", text=text, created_at=at,
    )  # fmt: skip
    return Conversation.objects.create(
        workspace=channel.workspace, channel=channel, contact=contact, last_message_at=at, last_inbound_at=at,
        last_text=text, unread=unread, unanswered=unread,
    )  # fmt: skip


@pytest.fixture
def two(channel: Channel) -> tuple[Conversation, Conversation]:
    ani = make_contact(channel.workspace, "Ani", phone="+6281234567001")
    other = make_contact(channel.workspace, "Ani Lestari", phone="+6281234567002")
    return _wrote(channel, ani, "Lama", 3000, unread=0), _wrote(channel, other, "Masih ada?", 5)


def _join(two: tuple[Conversation, Conversation]) -> int:
    kept, other = two
    merge = merge_contacts(
        workspace=kept.workspace, keep_id=kept.contact_id, absorb_id=other.contact_id, reason="member"
    )
    for conversation in two:
        conversation.refresh_from_db()
    return merge.pk


def test_what_was_unread_waits_in_the_chat_that_is_left(two: tuple[Conversation, Conversation]) -> None:
    kept, other = two
    wrote_at = other.last_inbound_at
    _join(two)
    assert (kept.unread, kept.last_text, kept.last_inbound_at) == (1, "Masih ada?", wrote_at)
    assert (kept.unanswered, other.unread, other.unanswered) == (1, 0, 0)
    Conversation.objects.filter(contact=kept.contact_id).update(unread=0)
    assert not Conversation.objects.filter(workspace=kept.workspace, unread__gt=0).exists()


@each(("read", "unread"), [(False, 1), (True, 0)])
def test_parted_each_has_their_own_again(two: tuple[Conversation, Conversation], read: bool, unread: int) -> None:
    kept, other = two
    before = kept.last_inbound_at
    merge_id = _join(two)
    if read:
        Conversation.objects.filter(pk=kept.pk).update(unread=0)
    undo_merge(workspace=kept.workspace, merge_id=merge_id)
    for conversation in two:
        conversation.refresh_from_db()
    assert (kept.unread, kept.last_text, kept.last_inbound_at) == (0, "Lama", before)
    assert (other.unread, other.last_text) == (unread, "Masih ada?")
    assert (kept.unanswered, other.unanswered) == (0, 1), "reading is no answer"


def test_a_merge_keeps_the_newer_text_of_the_kept_contact(two: tuple[Conversation, Conversation]) -> None:
    newer, older = two[1], two[0]
    _join((newer, older))
    assert (newer.unread, newer.last_text) == (1, "Masih ada?")
