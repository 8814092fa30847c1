"""Messages that no rule answered: their groups, how long they are kept, and the answers of chat forms."""

from datetime import timedelta
from time import process_time

import pytest

from wabolt.autoreply.models import ChatFormRun, UnansweredMessage
from wabolt.autoreply.queries import unanswered_groups
from wabolt.autoreply.rules.chat_words import plain_words
from wabolt.autoreply.services import forget_unanswered, settle_unanswered
from wabolt.autoreply.tests.chats import AYU, answer, say
from wabolt.autoreply.tests.factories import make_rule
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.contacts.services import erase_contacts
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.retention import retention_classes
from wabolt.messaging.models import Message

TOPICS = (
    "bahannya apa kak", "bisa gojek ga", "luntur ga ini", "ada ukuran anak", "bisa bungkus kado", "garansi berapa lama",
)  # fmt: skip
EXTRA = ("kak", "min", "dong", "ya", "sis", "gan")


def store(channel: Channel, texts: list[str]) -> None:
    """Unanswered messages of ten contacts in turn."""
    people = [make_contact(channel.workspace) for _number in range(10)]
    messages = Message.objects.bulk_create(
        Message(
            workspace=channel.workspace, channel=channel, contact=people[number % 10], direction="inbound",
            state="received", text=text,
        )
        for number, text in enumerate(texts)
    )  # fmt: skip
    UnansweredMessage.objects.bulk_create(
        UnansweredMessage(
            workspace=channel.workspace, contact=message.contact, message=message,
            words=" ".join(plain_words(message.text)),
        )
        for message in messages
    )  # fmt: skip


def test_the_same_question_in_other_words_is_one_group(channel: Channel) -> None:
    store(channel, [f"{TOPICS[n % 6]} {EXTRA[n // 6]}" for n in range(36)])
    groups = unanswered_groups(channel.workspace)
    assert len(groups) == 6
    assert all(len(group.ids) == 6 for group in groups)


def test_a_thousand_messages_of_which_no_two_are_alike_are_grouped_quickly(channel: Channel) -> None:
    syllables = ["ba", "ci", "du", "fe", "go", "ha", "ji", "ku", "le", "mo"]
    words = [f"{a}{b}{c}" for a in syllables for b in syllables for c in syllables]
    store(channel, [f"{words[n]} {words[(n * 7 + 3) % 1000]} {words[(n * 13 + 5) % 1000]}" for n in range(1000)])
    begin = process_time()
    groups = unanswered_groups(channel.workspace)
    assert process_time() - begin < 2, "grouping took too long"
    assert sum(len(group.ids) for group in groups) == 1000


def test_settled_and_old_messages_are_deleted(channel: Channel, now: clock.HeldClock) -> None:
    make_rule(channel.workspace, "harga")
    say(channel, "bahannya apa", "bisa gojek ga")
    first = UnansweredMessage.objects.order_by("pk")[0]
    settle_unanswered(workspace=channel.workspace, ids=[first.pk])
    now.move(days=2)
    assert forget_unanswered() == 1
    now.move(days=89)
    assert forget_unanswered() == 1
    assert not UnansweredMessage.objects.exists()


def test_erasure_deletes_them(channel: Channel) -> None:
    make_rule(channel.workspace, "harga")
    say(channel, "bahannya apa")
    erase_contacts(workspace=channel.workspace, ids=[Contact.objects.get(identities__value=AYU).pk])
    assert not UnansweredMessage.objects.exists()


def test_retention_empties_the_answers_of_ended_forms(club: Channel, now: clock.HeldClock) -> None:
    (kept,) = (entry for entry in retention_classes() if entry.key == "chat_forms")
    say(club, "ultah")
    answer(club, now, "17 agustus 95")
    assert kept.count(club.workspace_id, now() + timedelta(days=1)) == 0, "an open form is not touched"
    answer(club, now, "bdg")
    answer(club, now, "cewek")
    before = now() + timedelta(days=1)
    assert kept.count(club.workspace_id, before) == 1
    run = ChatFormRun.objects.get()
    assert kept.remove(club.workspace_id, before, run.pk, 100) == (None, 0), "only ids above `after` are read"
    assert kept.remove(club.workspace_id, before, 0, 100) == (run.pk, 1)
    assert kept.remove(club.workspace_id, before, 0, 100) == (None, 0)
    assert ChatFormRun.objects.get().answers == {}
    assert Contact.objects.get(identities__value=AYU).city == "Bandung"


@pytest.mark.parametrize("text", ["makasih kak", "ok", "sip", "👍", "🎤"])
def test_thanks_and_files_are_not_noted(channel: Channel, text: str) -> None:
    make_rule(channel.workspace, "harga")
    say(channel, text)
    assert not UnansweredMessage.objects.exists()
