"""Chat forms in a conversation: one question at a time, bursts, retries, people first, and the ends."""

from datetime import date

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from tests.guards.visits import taken_back

from wabolt.accounts.tests.factories import make_member
from wabolt.autoreply.models import ChatFormRun, ConversationMode
from wabolt.autoreply.services import (
    MEMBER,
    ChatFormDraft,
    QuestionDraft,
    end_after_restore,
    expire_chat_forms,
    read_due_answers,
    start_chat_form,
    switch_chat_form,
    update_chat_form,
)
from wabolt.autoreply.tests.chats import (
    AYU,
    answer,
    answer_together,
    asked,
    phones,
    play,
    replies,
    say,
    say_together,
    unread,
)
from wabolt.autoreply.tests.factories import make_chat_form, make_rule
from wabolt.channels.models import Channel
from wabolt.channels.tests.scripted import World
from wabolt.commerce.models import Voucher
from wabolt.consent.queries import consent_of
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.queries import describe_events, tags_of, timeline
from wabolt.contacts.registry import ActionCall
from wabolt.contacts.services import create_field, delete_field, erase_contacts, merge_contacts
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.restore import Restore, database_restored
from wabolt.messaging.models import Conversation, Message
from wabolt.messaging.services import Reply, queue_reply

BU_ANI = "+6281200000009"


def run_of(channel: Channel, phone: str = AYU) -> ChatFormRun:
    return ChatFormRun.objects.get(conversation__channel=channel, contact__identities__value=phone)


def ask_ayu(channel: Channel, *questions: QuestionDraft, **fields: object) -> Contact:
    """A member lets a form ask a customer who has written."""
    form = make_chat_form(channel.workspace, *questions, **fields)
    say(channel, "halo")
    contact = Contact.objects.get(identities__value=AYU)
    start_chat_form(workspace=channel.workspace, form=form, contact_ids=[contact.pk], started_by=MEMBER)
    return contact


WAYS = {
    ("ULTAH", "17 agustus 95", "bdg", "cewek"): ("finished", 4, 0),
    ("ultah", "hmm rahasia", "entahlah", "kok nanya terus", "ultah"): ("handed_over", 4, 2),
    ("ultah", "hmm", "eh", "17 agustus 95"): ("open", 4, 0),
    ("ultah", "batal", "17 agustus 95"): ("cancelled", 2, 1),
    ("ultah", "gak jadi deh kak", "17 agustus 95"): ("cancelled", 2, 1),
    ("ultah", "CANCEL", "17 agustus 95"): ("cancelled", 2, 1),
    ("ultah", "admin"): ("handed_over", 1, 1),
    ("ultah", "mau ngomong sama CS kak"): ("handed_over", 1, 1),
    ("ultah", "barang saya kemarin rusak"): ("handed_over", 1, 1),
    ("JOIN", "ultah", "STOP", "17 agustus 95"): ("cancelled", 1, 1),
}
"""{what a customer writes: the state of the form, the texts of the form, the messages that the team sees}."""


def test_the_ways_through_a_form(club: Channel, now: clock.HeldClock) -> None:
    """Two friendly retries, then a person. A person is always reached, and a stop word wins."""
    eager, *numbers = phones(len(WAYS) + 1)
    people = dict(zip(numbers, WAYS, strict=True))
    play(club, now, {**people, eager: ["ultah", "batal"] * 5})
    begun = ChatFormRun.objects.filter(contact__identities__value=eager)
    assert begun.count() == 3, "a rule starts a form three times a day"
    ends = {
        lines: (run_of(club, phone).state, len(asked(phone)), unread(club, phone)) for phone, lines in people.items()
    }
    assert ends == WAYS
    assert read_due_answers() == 0, "each due run is moved once"
    by_name, by_cs = (phone for phone, lines in people.items() if lines[-1] in {"admin", "mau ngomong sama CS kak"})
    assert len(replies("hand_over", phone=by_name)) == len(replies("hand_over", phone=by_cs)) == 1
    filled, puzzling, third, *_others, stopped = people
    _the_form_filled_the_contact(club, filled)
    retry, last = asked(puzzling)[1], asked(puzzling)[-1]
    assert "Contohnya" in retry
    assert retry.endswith("Ulang tahunnya kapan, Kak?")
    assert "tim" in last.lower()
    assert ConversationMode.objects.get(conversation__contact__identities__value=puzzling).taken_over_until is not None
    assert asked(third)[-1] == "Tinggal di kota mana?"
    contact = Contact.objects.get(identities__value=stopped)
    assert (consent_of(club.workspace, contact.pk).state, contact.birth_date) == ("withdrawn", None)


def _the_form_filled_the_contact(club: Channel, phone: str) -> None:
    assert replies(phone=phone) == [], "the first question is the one reply to the message"
    assert asked(phone) == [
        "Hai Kak!\n\nUlang tahunnya kapan, Kak?", "Tinggal di kota mana?", "Cewek atau cowok, Kak?", "Makasih ya Kak!",
    ]  # fmt: skip
    contact = Contact.objects.get(identities__value=phone)
    assert (contact.birth_date, contact.city, contact.gender) == (date(1995, 8, 17), "Bandung", "female")
    assert tags_of([contact.pk]) == {contact.pk: ["Klub ultah"]}
    assert run_of(club, phone).answers == {"q1": "1995-08-17", "q2": "Bandung", "q3": "female"}
    with override("id"):
        entries = describe_events(timeline(club.workspace, contact).events)
    lines = [entry.line for entry in entries if entry.event.kind == "chat_form_finished"]
    assert lines == ["Klub ulang tahun: 17 Agustus 1995 · Bandung · Perempuan"]


def test_a_restore_gives_open_forms_to_people(club: Channel, now: clock.HeldClock) -> None:
    """The customer may have answered further questions since the backup."""
    play(club, now, {AYU: ["ultah", "17 agustus 95"], BU_ANI: ["ultah"]})
    questions = asked()
    with taken_back(), CaptureQueriesContext(connection) as captured:
        assert end_after_restore() == 2
    assert [query["sql"].split()[0] for query in captured if "SAVEPOINT" not in query["sql"]] == ["UPDATE", "UPDATE"]
    database_restored.send(None, restore=Restore(clock.now()))
    assert (run_of(club).state, run_of(club, BU_ANI).state) == ("handed_over", "handed_over")
    assert unread(club, BU_ANI) == 1
    answer(club, now, "cewek")
    assert asked() == questions
    assert unread(club, AYU) == 2, "the team sees the customer, and the answer"


def test_bursts(club: Channel, now: clock.HeldClock) -> None:
    """Messages with short pauses are one answer; a burst without end is read after twenty seconds."""
    say_together(club, [(AYU, "ultah"), (BU_ANI, "ultah")])
    burst = dict(zip(range(5, 8), ("17", "agustus", "95"), strict=True))
    for number in range(12):
        now.move(seconds=2)
        said = [(BU_ANI, "eh")]
        if number in burst:
            said.append((AYU, burst[number]))
        say_together(club, said)
        read_due_answers()
        if number in burst:
            assert len(asked(AYU)) == 1, "the pause after the last message is not over"
    assert run_of(club).answers == {"q1": "1995-08-17"}
    assert len(asked(AYU)) == 2
    assert 2 <= len(asked(BU_ANI)) <= 3


def test_a_message_that_may_mean_stop_is_no_answer(channel: Channel, now: clock.HeldClock) -> None:
    ask_ayu(channel, QuestionDraft("own:text", "Ada saran?"), name="Saran")
    answer(channel, now, "tolong jangan kirim promo lagi")
    assert not ChatFormRun.objects.exclude(answers={}).exists()


def test_what_else_happens_during_a_form(club: Channel, now: clock.HeldClock) -> None:
    """A member writes, an answer comes after a long disconnection, and people are erased and merged."""
    cast = written_to, late, erased, kept, absorbed = phones(5)
    say_together(club, [(phone, "ultah") for phone in cast])
    people = {phone: Contact.objects.get(identities__value=phone) for phone in cast}
    now.move(minutes=1)
    reply = Reply(text="Halo Kak", author=make_member(club.workspace), form_key="1")
    queue_reply(workspace=club.workspace, contact=people[written_to], reply=reply)
    answer_together(club, now, [(phone, "17 agustus 95") for phone in (written_to, erased)])
    assert (run_of(club, written_to).state, len(asked(written_to)), unread(club, written_to)) == ("handed_over", 1, 1)
    assert len(asked(erased)) == 2
    erase_contacts(workspace=club.workspace, ids=[people[erased].pk])
    assert not ChatFormRun.objects.filter(contact=people[erased]).exists()
    ids = {"keep_id": people[kept].pk, "absorb_id": people[absorbed].pk}
    merge_contacts(workspace=club.workspace, **ids, reason="member")
    assert ChatFormRun.objects.filter(contact=people[kept]).count() == 2
    answer(club, now, "17 agustus 95", phone=kept)
    assert ChatFormRun.objects.filter(contact=people[kept], answers={"q1": "1995-08-17"}).count() == 1
    World.of(club).tell_message(late, "17 agustus 95", "late-1")
    now.move(hours=1)
    answer(club, now)
    assert (run_of(club, late).state, len(asked(late)), unread(club, late)) == ("open", 1, 1)


def test_the_next_day_the_form_is_taken_up_again_and_ends_after_a_week(club: Channel, now: clock.HeldClock) -> None:
    make_rule(club.workspace, "ongkir", answer="Ongkir 10rb")
    say_together(club, [(AYU, "ultah"), (BU_ANI, "ultah")])
    now.move(hours=20)
    answer(club, now, "pagi kak")
    assert asked(AYU)[-1].startswith("Kita lanjut")
    assert run_of(club).retries == 0
    now.move(hours=20)
    answer(club, now, "ongkir")
    assert replies() == ["Ongkir 10rb"], "the question of a rule is no answer"
    now.move(hours=20)
    answer(club, now, "17 agustus 95")
    assert run_of(club).answers == {"q1": "1995-08-17"}
    now.move(days=3)
    assert expire_chat_forms() == 0
    now.move(days=2)
    assert expire_chat_forms() == 1
    assert (run_of(club, BU_ANI).state, run_of(club).state) == ("expired", "open")


def test_editing_a_form_does_not_touch_people_inside(club: Channel, now: clock.HeldClock) -> None:
    say(club, "ultah")
    form = run_of(club).version.form
    questions = [QuestionDraft("name", "Namanya siapa?")]
    update_chat_form(workspace=club.workspace, form_id=form.pk, draft=ChatFormDraft("Baru", questions))
    switch_chat_form(workspace=club.workspace, form_id=form.pk, on=False)
    answer(club, now, "17 agustus 95")
    assert asked()[-1] == "Tinggal di kota mana?"
    say(club, "ultah", phone=BU_ANI)
    assert len(asked()) == 2, "a form that is off is not started"
    switch_chat_form(workspace=club.workspace, form_id=form.pk, on=True)
    say(club, "ultah", phone=BU_ANI)
    assert asked()[-1] == "Namanya siapa?"


def test_saving_without_a_change_makes_no_version(channel: Channel) -> None:
    form = make_chat_form(channel.workspace, QuestionDraft("city", "Kota?", key="q1"))
    draft = ChatFormDraft("Nama lain", [QuestionDraft("city", "Kota?", key="q1")], "Hai Kak!", "Makasih ya Kak!")
    update_chat_form(workspace=channel.workspace, form_id=form.pk, draft=draft)
    assert form.versions.count() == 1


def test_a_start_with_the_same_key_asks_once(channel: Channel, now: clock.HeldClock) -> None:
    form = make_chat_form(channel.workspace)
    say(channel, "halo")
    contact = Contact.objects.get(identities__value=AYU)
    for expected in ({}, {contact.pk: "is_open"}):
        left_out = start_chat_form(
            workspace=channel.workspace, form=form, contact_ids=[contact.pk], started_by="journey", key="j:1"
        )
        assert left_out == expected
    stranger = make_contact(channel.workspace, phone="+6281999999999")
    assert start_chat_form(workspace=channel.workspace, form=form, contact_ids=[stranger.pk], started_by="journey") == {
        stranger.pk: "no_chat"
    }


def test_choices_are_buttons_or_numbered_lines(channel: Channel, now: clock.HeldClock) -> None:
    sizes = QuestionDraft("field:ukuran", "Ukurannya?", choices=("S", "M", "L"))
    likes = QuestionDraft("field:minat", "Suka apa?", choices=("Kaos", "Batik", "Tas"), several=True, optional=True)
    contact = ask_ayu(channel, sizes, likes, intro="")
    first = Message.objects.get(origin_kind="chat_form")
    assert [choice["title"] for choice in first.choices] == ["S", "M", "L"]
    answer(channel, now, "2")
    assert "\n1. Kaos\n2. Batik\n3. Tas" in asked()[-1]
    answer(channel, now, "1 dan 3")
    contact.refresh_from_db()
    assert contact.fields == {"ukuran": "M", "minat": "Kaos, Tas"}


def test_an_answer_for_a_deleted_column_stays_in_the_form(channel: Channel, now: clock.HeldClock) -> None:
    field = create_field(workspace=channel.workspace, label="Hobi", kind="text")
    ask_ayu(channel, QuestionDraft("field:hobi", "Hobinya?"))
    delete_field(workspace=channel.workspace, field_id=field.pk)
    answer(channel, now, "masak")
    assert run_of(channel).state == "finished"
    assert run_of(channel).answers == {"q1": "masak"}


def test_an_action_that_is_refused_does_not_hold_up_the_end(channel: Channel, now: clock.HeldClock) -> None:
    field = create_field(workspace=channel.workspace, label="Hobi", kind="text")
    set_hobby = ActionCall("contacts.set_field", {"column": "hobi", "value": "x"})
    then = [set_hobby, ActionCall("contacts.tag", {"tag": "A"})]
    contact = ask_ayu(channel, QuestionDraft("city", "Kota?"), then=then)
    delete_field(workspace=channel.workspace, field_id=field.pk)
    answer(channel, now, "bdg")
    assert asked()[-1] == "Makasih ya Kak!"
    assert tags_of([contact.pk]) == {contact.pk: ["A"]}


def test_the_end_of_a_form_names_the_voucher_and_never_a_sample(channel: Channel, now: clock.HeldClock) -> None:
    thanks, city = "Kode Kakak: {{ voucher.code }}.", QuestionDraft("city", "Kota?")
    then = [ActionCall("commerce.give_voucher", {"percent": 10, "days": 14})]
    with_gift = make_chat_form(channel.workspace, city, thanks=thanks, then=then)
    without = make_chat_form(channel.workspace, city, thanks=thanks, name="Lain")
    say(channel, "halo")
    contact = Contact.objects.get(identities__value=AYU)
    for form in (with_gift, without):
        start_chat_form(workspace=channel.workspace, form=form, contact_ids=[contact.pk], started_by=MEMBER)
        answer(channel, now, "bdg")
    named = [text for text in asked() if text.startswith("Kode")]
    assert named == [f"Kode Kakak: {Voucher.objects.get().code}.", "Kode Kakak: ."]


def test_a_channel_without_open_forms_costs_one_query(club: Channel) -> None:
    from wabolt.autoreply.services import take_answers
    from wabolt.messaging.registry import Arrival

    say(club, "halo")
    message = Message.objects.select_related("contact").get(direction="inbound")
    with CaptureQueriesContext(connection) as queries:
        assert take_answers([Arrival(club, message.contact, message, None)]) == set()
    assert len(queries) == 1


def test_many_people_are_asked_with_a_fixed_number_of_queries_before_their_messages(channel: Channel) -> None:
    form = make_chat_form(channel.workspace)
    say_together(channel, [(phone, "halo") for phone in phones(4)])
    assert Conversation.objects.count() == 4
    people = list(Contact.objects.filter(erased_at=None).values_list("pk", flat=True))
    assert start_chat_form(workspace=channel.workspace, form=form, contact_ids=people, started_by="journey") == {}
    assert len(asked()) == 4
    assert Event.objects.filter(kind="chat_form_finished").count() == 0
