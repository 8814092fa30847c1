"""Chat forms under attack: two machines, and nonsense in every kind of question."""

import psycopg
import pytest
from django.db import connection

from wabolt.autoreply.models import ChatFormRun
from wabolt.autoreply.services import MEMBER, START_FORM, QuestionDraft, read_due_answers, start_chat_form
from wabolt.autoreply.tests.chats import AYU, answer, answer_together, phones, say, say_together
from wabolt.autoreply.tests.factories import make_chat_form, make_rule
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact
from wabolt.contacts.registry import ActionCall
from wabolt.contacts.services import create_field
from wabolt.lib import clock
from wabolt.messaging.models import Message


def test_two_numbers_of_wabolt_that_ask_each_other_fall_silent(club: Channel, now: clock.HeldClock) -> None:
    """One asks with a form of free words, the other answers each message by a rule."""
    other = make_channel(club.workspace, name="Lain")
    questions = [QuestionDraft("own:text", "Halo, ada saran?"), QuestionDraft("name", "Halo, nama Kakak?")]
    form = make_chat_form(club.workspace, *questions, name="Saran", thanks="Halo, makasih")
    make_rule(club.workspace, "siap", answers=[], channel=club, then=[ActionCall(START_FORM, {"form": str(form.pk)})])
    make_rule(club.workspace, "halo", answer="Siap", channel=other)
    text, count = "siap", 0
    for round_number in range(200):
        here, phone = ((club, "+6281211111111"), (other, "+6281222222222"))[round_number % 2]
        before = Message.objects.filter(direction="outbound").count()
        answer(here, now, text, phone=phone)
        sent = Message.objects.filter(direction="outbound").order_by("pk")
        if sent.count() == before:
            break
        last = sent.last()
        assert last is not None
        text, count = last.text or (last.content.text if last.content else ""), count + 1
    assert count < 60


NONSENSE = (
    "x" * 10_000, "😀" * 500, "\u202e" + "ضصثق" * 50, "\n" * 500, "{{ contact.name }}", "<script>", "=1+1", "%s %(a)s",
)  # fmt: skip


def test_nonsense_in_every_kind_of_question(channel: Channel, now: clock.HeldClock) -> None:
    """Nothing breaks, no answer is rendered as a template, and the customer reaches a person."""
    create_field(workspace=channel.workspace, label="Umur", kind="number")
    kinds = ["name", "birth_date", "city", "gender", "email", "field:umur", "field:alamat", "own:yes_no", "own:date"]
    people = dict(zip(phones(len(NONSENSE)), NONSENSE, strict=True))
    say_together(channel, [(phone, "halo") for phone in people])
    contacts = list(Contact.objects.filter(identities__value__in=people).values_list("pk", flat=True))
    assert len(contacts) == len(people)
    for number, kind in enumerate(kinds):
        form = make_chat_form(channel.workspace, QuestionDraft(kind, "?"), name=f"F{number}")
        start_chat_form(workspace=channel.workspace, form=form, contact_ids=contacts, started_by=MEMBER)
        answer_together(channel, now, people.items())
        runs = ChatFormRun.objects.filter(version__form=form)
        assert runs.count() == len(people)
        unread = [run for run in runs if run.retries != 1 and run.state != "finished"]
        assert not unread, kind
    assert not Message.objects.exclude(detail="").exists()


@pytest.mark.django_db(transaction=True)
def test_a_run_that_intake_holds_is_left_to_the_next_turn(
    now: clock.HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that arrives while the worker reads the last one is not lost and is no answer to the next question."""
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel()
    create_defaults(workspace=channel.workspace)
    form = make_chat_form(channel.workspace)
    say(channel, "halo")
    contact = Contact.objects.get(identities__value=AYU)
    start_chat_form(workspace=channel.workspace, form=form, contact_ids=[contact.pk], started_by=MEMBER)
    say(channel, "17 agustus")
    now.move(seconds=5)
    settings = {key: value for key, value in connection.get_connection_params().items() if key != "pool"}
    with psycopg.connect(**settings) as intake:
        intake.execute("SELECT FROM contacts_contact WHERE id = %s FOR UPDATE", [contact.pk])
        assert read_due_answers() == 0
    assert read_due_answers() == 1
    assert ChatFormRun.objects.get().answers == {"q1": "1604-08-17"}
