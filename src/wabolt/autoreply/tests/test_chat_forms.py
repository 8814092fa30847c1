"""Chat forms in a conversation: one question at a time, bursts, retries, people first, and the ends."""

from datetime import date

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

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
    replies,
    say,
    say_together,
    unread,
)
from wabolt.autoreply.tests.factories import make_chat_form, make_rule
from wabolt.channels.models import Channel
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


def run_of(channel: Channel) -> ChatFormRun:
    return ChatFormRun.objects.get(conversation__channel=channel)


def test_a_rule_starts_a_form_that_fills_the_contact(club: Channel, now: clock.HeldClock) -> None:
    say(club, "ULTAH")
    assert asked() == ["Hai Kak!\n\nUlang tahunnya kapan, Kak?"]
    assert replies() == [], "the first question is the one reply to the message"
    answer(club, now, "17 agustus 95")
    assert asked()[-1] == "Tinggal di kota mana?"
    answer(club, now, "bdg")
    answer(club, now, "cewek")
    assert asked()[-1] == "Makasih ya Kak!"
    contact = Contact.objects.get(identities__value=AYU)
    assert (contact.birth_date, contact.city, contact.gender) == (date(1995, 8, 17), "Bandung", "female")
    assert tags_of([contact.pk]) == {contact.pk: ["Klub ultah"]}
    run = run_of(club)
    assert run.state == "finished"
    assert run.answers == {"q1": "1995-08-17", "q2": "Bandung", "q3": "female"}
    assert unread(club) == 0
    with override("id"):
        entries = describe_events(timeline(club.workspace, contact).events)
    lines = [entry.line for entry in entries if entry.event.kind == "chat_form_finished"]
    assert lines == ["Klub ulang tahun: 17 Agustus 1995 · Bandung · Perempuan"]


def test_a_restore_gives_open_forms_to_people(club: Channel, now: clock.HeldClock) -> None:
    """The customer may have answered further questions since the backup."""
    say(club, "ultah")
    answer(club, now, "17 agustus 95")
    questions = asked()
    database_restored.send(None, restore=Restore(clock.now()))
    assert run_of(club).state == "handed_over"
    answer(club, now, "cewek")
    assert asked() == questions
    assert unread(club) == 2, "the team sees the customer, and the answer"


def test_a_restore_ends_all_open_forms_in_two_statements(club: Channel, now: clock.HeldClock) -> None:
    for phone in (AYU, BU_ANI):
        say(club, "ultah", phone=phone)
    with CaptureQueriesContext(connection) as captured:
        assert end_after_restore() == 2
    assert [query["sql"].split()[0] for query in captured if "SAVEPOINT" not in query["sql"]] == ["UPDATE", "UPDATE"]
    assert list(Conversation.objects.filter(channel=club).values_list("unread", flat=True)) == [1, 1]


def test_a_burst_is_one_answer(club: Channel, now: clock.HeldClock) -> None:
    say(club, "ultah")
    now.move(seconds=10)
    for text in ("17", "agustus", "95"):
        now.move(seconds=2)
        say(club, text)
        read_due_answers()
    assert len(asked()) == 1, "the pause after the last message is not over"
    now.move(seconds=4)
    read_due_answers()
    assert run_of(club).answers == {"q1": "1995-08-17"}
    assert len(asked()) == 2


def test_a_burst_without_end_is_read_after_twenty_seconds(club: Channel, now: clock.HeldClock) -> None:
    say(club, "ultah")
    for _number in range(12):
        now.move(seconds=2)
        say(club, "eh")
        read_due_answers()
    assert 2 <= len(asked()) <= 3


def test_each_due_run_is_moved_once_also_if_the_job_runs_again(club: Channel, now: clock.HeldClock) -> None:
    say(club, "ultah")
    answer(club, now, "17 agustus 95")
    assert read_due_answers() == 0
    assert len(asked()) == 2


def test_two_friendly_retries_then_a_person(club: Channel, now: clock.HeldClock) -> None:
    say(club, "ultah")
    answer(club, now, "hmm rahasia")
    assert "Contohnya" in asked()[-1]
    assert asked()[-1].endswith("Ulang tahunnya kapan, Kak?")
    answer(club, now, "entahlah")
    assert len(asked()) == 3
    assert unread(club) == 0
    answer(club, now, "kok nanya terus")
    assert "tim" in asked()[-1].lower()
    assert run_of(club).state == "handed_over"
    assert unread(club) == 1, "the team sees the message that nobody understood"
    assert ConversationMode.objects.get().taken_over_until is not None
    answer(club, now, "ultah")
    assert len(asked()) == 4, "only a person answers now"


def test_a_good_third_answer_goes_on(club: Channel, now: clock.HeldClock) -> None:
    say(club, "ultah")
    answer(club, now, "hmm")
    answer(club, now, "eh")
    answer(club, now, "17 agustus 95")
    assert asked()[-1] == "Tinggal di kota mana?"


def test_batal_ends_a_form(club: Channel, now: clock.HeldClock) -> None:
    people = dict(zip(phones(3), ("batal", "gak jadi deh kak", "CANCEL"), strict=True))
    say_together(club, [(phone, "ultah") for phone in people])
    answer_together(club, now, people.items())
    assert list(ChatFormRun.objects.values_list("state", flat=True)) == ["cancelled"] * 3
    assert len(asked()) == 2 * 3
    answer_together(club, now, [(phone, "17 agustus 95") for phone in people])
    assert len(asked()) == 2 * 3


def test_a_person_is_always_reached(club: Channel, now: clock.HeldClock) -> None:
    people = dict(zip(phones(2), ("admin", "mau ngomong sama CS kak"), strict=True))
    say_together(club, [(phone, "ultah") for phone in people])
    answer_together(club, now, people.items())
    assert list(ChatFormRun.objects.values_list("state", flat=True)) == ["handed_over"] * 2
    assert len(replies("hand_over")) == 2
    assert list(Conversation.objects.filter(channel=club).values_list("unread", flat=True)) == [1, 1]
    assert len(asked()) == 2


def test_a_complaint_that_is_no_answer_ends_the_form_for_the_team(club: Channel, now: clock.HeldClock) -> None:
    say(club, "ultah")
    answer(club, now, "barang saya kemarin rusak")
    assert run_of(club).state == "handed_over"
    assert unread(club) == 1
    assert len(asked()) == 1


def test_a_stop_word_wins_and_ends_the_form(club: Channel, now: clock.HeldClock) -> None:
    say(club, "JOIN")
    say(club, "ultah")
    answer(club, now, "STOP")
    contact = Contact.objects.get(identities__value=AYU)
    assert consent_of(club.workspace, contact.pk).state == "withdrawn"
    assert run_of(club).state == "cancelled"
    answer(club, now, "17 agustus 95")
    assert len(asked()) == 1
    assert Contact.objects.get(pk=contact.pk).birth_date is None


def test_a_message_that_may_mean_stop_is_no_answer(club: Channel, now: clock.HeldClock) -> None:
    form = make_chat_form(club.workspace, QuestionDraft("own:text", "Ada saran?"), name="Saran")
    say(club, "halo")
    contact = Contact.objects.get(identities__value=AYU)
    start_chat_form(workspace=club.workspace, form=form, contact_ids=[contact.pk], started_by=MEMBER)
    answer(club, now, "tolong jangan kirim promo lagi")
    assert not ChatFormRun.objects.exclude(answers={}).exists()


def test_a_member_who_writes_takes_the_form_over(club: Channel, now: clock.HeldClock) -> None:
    say(club, "ultah")
    now.move(minutes=1)
    contact = Contact.objects.get(identities__value=AYU)
    author = make_member(club.workspace)
    queue_reply(workspace=club.workspace, contact=contact, reply=Reply(text="Halo Kak", author=author, form_key="1"))
    answer(club, now, "17 agustus 95")
    assert run_of(club).state == "handed_over"
    assert len(asked()) == 1
    assert unread(club) == 1


def test_the_next_day_the_form_is_taken_up_again(club: Channel, now: clock.HeldClock) -> None:
    make_rule(club.workspace, "ongkir", answer="Ongkir 10rb")
    say(club, "ultah")
    now.move(hours=20)
    answer(club, now, "pagi kak")
    assert asked()[-1].startswith("Kita lanjut")
    assert run_of(club).retries == 0
    now.move(hours=20)
    answer(club, now, "ongkir")
    assert replies() == ["Ongkir 10rb"], "the question of a rule is no answer"
    now.move(hours=20)
    answer(club, now, "17 agustus 95")
    assert run_of(club).answers == {"q1": "1995-08-17"}


def test_an_unanswered_form_ends_after_a_week(club: Channel, now: clock.HeldClock) -> None:
    say(club, "ultah")
    now.move(days=6)
    assert expire_chat_forms() == 0
    now.move(days=2)
    assert expire_chat_forms() == 1
    assert run_of(club).state == "expired"


def test_an_answer_after_a_long_disconnection_waits_for_the_team(club: Channel, now: clock.HeldClock) -> None:
    from wabolt.channels.tests.scripted import World

    say(club, "ultah")
    now.move(seconds=30)
    World.of(club).tell_message(AYU, "17 agustus 95", "late-1")
    now.move(hours=1)
    answer(club, now)
    assert len(asked()) == 1
    assert unread(club) == 1
    assert run_of(club).state == "open"


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


def test_a_rule_does_not_start_a_form_more_than_three_times_a_day(club: Channel, now: clock.HeldClock) -> None:
    for _number in range(5):
        answer(club, now, "ultah")
        answer(club, now, "batal")
        now.move(minutes=30)
    assert ChatFormRun.objects.count() == 3


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
    form = make_chat_form(channel.workspace, sizes, likes, intro="")
    say(channel, "halo")
    contact = Contact.objects.get(identities__value=AYU)
    start_chat_form(workspace=channel.workspace, form=form, contact_ids=[contact.pk], started_by=MEMBER)
    first = Message.objects.get(origin_kind="chat_form")
    assert [choice["title"] for choice in first.choices] == ["S", "M", "L"]
    answer(channel, now, "2")
    assert "\n1. Kaos\n2. Batik\n3. Tas" in asked()[-1]
    answer(channel, now, "1 dan 3")
    contact.refresh_from_db()
    assert contact.fields == {"ukuran": "M", "minat": "Kaos, Tas"}


def test_an_answer_for_a_deleted_column_stays_in_the_form(channel: Channel, now: clock.HeldClock) -> None:
    field = create_field(workspace=channel.workspace, label="Hobi", kind="text")
    form = make_chat_form(channel.workspace, QuestionDraft("field:hobi", "Hobinya?"))
    say(channel, "halo")
    contact = Contact.objects.get(identities__value=AYU)
    start_chat_form(workspace=channel.workspace, form=form, contact_ids=[contact.pk], started_by=MEMBER)
    delete_field(workspace=channel.workspace, field_id=field.pk)
    answer(channel, now, "masak")
    assert run_of(channel).state == "finished"
    assert run_of(channel).answers == {"q1": "masak"}


def test_an_action_that_is_refused_does_not_hold_up_the_end(channel: Channel, now: clock.HeldClock) -> None:
    field = create_field(workspace=channel.workspace, label="Hobi", kind="text")
    set_hobby = ActionCall("contacts.set_field", {"column": "hobi", "value": "x"})
    then = [set_hobby, ActionCall("contacts.tag", {"tag": "A"})]
    form = make_chat_form(channel.workspace, QuestionDraft("city", "Kota?"), then=then)
    say(channel, "halo")
    contact = Contact.objects.get(identities__value=AYU)
    start_chat_form(workspace=channel.workspace, form=form, contact_ids=[contact.pk], started_by=MEMBER)
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


def test_erasure_deletes_the_answers(club: Channel, now: clock.HeldClock) -> None:
    say(club, "ultah")
    answer(club, now, "17 agustus 95")
    contact = Contact.objects.get(identities__value=AYU)
    erase_contacts(workspace=club.workspace, ids=[contact.pk])
    assert not ChatFormRun.objects.exists()


def test_a_merge_keeps_the_answers_of_both(club: Channel, now: clock.HeldClock) -> None:
    say(club, "ultah")
    say(club, "ultah", phone=BU_ANI)
    ayu, ani = (Contact.objects.get(identities__value=phone) for phone in (AYU, BU_ANI))
    merge_contacts(workspace=club.workspace, keep_id=ayu.pk, absorb_id=ani.pk, reason="member")
    assert set(ChatFormRun.objects.values_list("contact", flat=True)) == {ayu.pk}
    answer(club, now, "17 agustus 95")
    assert ChatFormRun.objects.filter(answers={"q1": "1995-08-17"}).count() == 1


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
