"""Limits and machines through the real intake of a simulated number."""

from datetime import timedelta

from wabolt.autoreply.models import ConversationMode
from wabolt.autoreply.queries.answering import answering_now
from wabolt.autoreply.services import AnswerDraft, SettingsDraft, save_settings
from wabolt.autoreply.tests.chats import AYU, phones, replies, say, say_together, unread
from wabolt.autoreply.tests.factories import make_rule
from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.lib import clock
from wabolt.messaging.models import Conversation, Message
from wabolt.messaging.services import pause_lane, process_raw_events, resume_lane, work_lane_once

WORDS = ("harga", "ongkir", "alamat", "katalog", "ukuran", "resi", "retur", "promo")


def test_at_most_twenty_replies_in_a_day(channel: Channel, now: clock.HeldClock) -> None:
    make_rule(channel.workspace, *WORDS)
    for part in range(6):
        now.move(minutes=11)
        say(channel, *(WORDS[number % len(WORDS)] for number in range(part * 5, part * 5 + 5)))
    assert len(replies()) == 20
    assert unread(channel) == 10, "the team still sees what nobody answered"
    say(channel, "harga", phone="+6281277000002")
    assert len(replies()) == 21, "another customer has limits of their own"
    now.move(days=1)
    say(channel, "ongkir")
    assert len(replies()) == 22


def test_limits_count_per_person_and_a_clock_that_was_set_back_silences_no_customer(
    channel: Channel, now: clock.HeldClock
) -> None:
    other, patient = make_channel(channel.workspace, name="Lain"), phones(1)[0]
    make_rule(channel.workspace, *WORDS)
    for number, word in enumerate(WORDS):
        now.move(seconds=40)
        here = (channel, other)[number % 2]
        say_together(here, [(AYU, word), *([(patient, word)] if number < 5 else [])])
    assert len(replies(phone=AYU)) == len(replies(phone=patient)) == 5, "of both numbers together"
    with clock.skewed(timedelta(hours=-1)):
        now.move(minutes=10)
        say(channel, WORDS[5], phone=patient)
    assert len(replies(phone=patient)) == 6


def test_answers_faster_than_people_read_are_a_machine(channel: Channel, now: clock.HeldClock) -> None:
    make_rule(channel.workspace, *WORDS)
    for word in WORDS:
        now.move(seconds=1)
        say(channel, word)
        work_lane_once(channel)
    assert len(replies()) == 3
    assert ConversationMode.objects.get().machine_at is not None
    now.move(hours=12)
    say(channel, "harga")
    assert len(replies()) == 4, "the suspicion ends by itself"


def test_a_burst_that_was_written_before_any_reply_went_out_is_no_machine(
    channel: Channel, now: clock.HeldClock
) -> None:
    """The lane is slower than the customer types."""
    make_rule(channel.workspace, *WORDS)
    for word in WORDS:
        now.move(seconds=1)
        say(channel, word)
    assert len(replies()) == 5
    assert not ConversationMode.objects.filter(machine_at__isnull=False).exists()
    while work_lane_once(channel):
        pass
    now.move(minutes=10)
    say(channel, "harga")
    assert len(replies()) == 6


def test_a_machine_that_counts_its_tickets_is_one(channel: Channel, now: clock.HeldClock) -> None:
    make_rule(channel.workspace, "mohon tunggu", answer="Baik Kak")
    for ticket, left, minutes in ((4, 31, 8), (5861, 9, 45), (12037, 2210, 3), (77, 40, 12345), (90002, 1, 77)):
        now.move(seconds=90)
        say(channel, f"Mohon tunggu ya, antrian {ticket} sisa {left} estimasi {minutes} menit")
    assert len(replies()) == 3
    assert ConversationMode.objects.get().machine_at is not None


def test_a_customer_who_reads_a_menu_is_no_machine(channel: Channel, now: clock.HeldClock) -> None:
    rules = [make_rule(channel.workspace, word, answer=f"Jawaban {word}") for word in WORDS[:4]]
    menu = AnswerDraft("Mau tanya apa?", choices=[(rule.name, rule.pk) for rule in rules])
    make_rule(channel.workspace, "info", answers=[menu])
    for text in ("info", "1", "2", "3", "4"):
        now.move(seconds=30)
        say(channel, text)
        work_lane_once(channel)
    assert replies()[1:] == [f"Jawaban {word}" for word in WORDS[:4]]


def test_a_paused_number_lets_no_replies_pile_up(club: Channel, now: clock.HeldClock) -> None:
    """WhatsApp warned the number. Replies that wait until the pause ends would go out all at once, hours too late."""
    make_rule(club.workspace, "harga")
    save_settings(workspace=club.workspace, draft=SettingsDraft(True, 240, "Kami tutup", ""))
    say(club, "ultah")
    pause_lane(channel=club, reason="member")
    now.move(minutes=1)
    say(club, "17 agustus 95")
    say_together(club, [(phone, ("harga", "admin", "apa ya")[at % 3]) for at, phone in enumerate(phones(20))])
    assert Message.objects.filter(direction="outbound").count() == 1, "the question that was asked before"
    assert Conversation.objects.filter(unread=1).count() == 21
    resume_lane(channel=club)
    say(club, "harga", phone="+6281277099999")
    assert len(replies()) == 1


def test_a_short_pause_holds_a_reply_and_loses_none(channel: Channel, now: clock.HeldClock) -> None:
    make_rule(channel.workspace, "harga")
    pause_lane(channel=channel, reason="member", resume_at=now() + timedelta(minutes=4))
    say(channel, "harga")
    assert len(replies()) == 1


def test_two_numbers_with_away_texts_fall_silent(channel: Channel, now: clock.HeldClock) -> None:
    """Each answers every message of the other with its away text."""
    other = make_channel(make_channel(name="Toko lain").workspace, name="Lain")
    for workspace in (channel.workspace, other.workspace):
        save_settings(workspace=workspace, draft=SettingsDraft(True, 240, "Kami tutup, besok ya Kak", ""))
    now.move(hours=12)
    text, count = "halo", 0
    for round_number in range(50):
        here, phone = ((channel, "+6281211111111"), (other, "+6281222222222"))[round_number % 2]
        before = len(replies("away_text"))
        now.move(seconds=30)
        say(here, text, phone=phone)
        if len(replies("away_text")) == before:
            break
        text, count = replies("away_text")[-1], count + 1
    assert count == 2


def test_two_numbers_that_hand_over_fall_silent(channel: Channel, now: clock.HeldClock) -> None:
    """ "Admin" on both sides."""
    other = make_channel(make_channel(name="Toko lain").workspace, name="Lain")
    for workspace in (channel.workspace, other.workspace):
        save_settings(workspace=workspace, draft=SettingsDraft(True, 240, "", "admin"))
    count = 0
    for round_number in range(50):
        here, phone = ((channel, "+6281211111111"), (other, "+6281222222222"))[round_number % 2]
        before = len(replies("hand_over"))
        now.move(seconds=30)
        say(here, "admin", phone=phone)
        if len(replies("hand_over")) == before:
            break
        count += 1
    assert count == 2


def test_own_messages_reactions_and_edits_are_not_answered(channel: Channel, now: clock.HeldClock) -> None:
    make_rule(channel.workspace, "harga")
    say(channel, "harga")
    (message,) = Message.objects.filter(direction="inbound")
    now.move(minutes=5)
    world = World.of(channel)
    world.tell("own", "own-1", provider_id="own-1", identities=[["phone", AYU]], text="harga")
    for kind, text in (("reaction", "harga"), ("edit", "harga kak")):
        world.tell(
            "updated", f"u-{kind}", what=kind, provider_id=f"u-{kind}", target=message.provider_id,
            identities=[["phone", AYU]], text=text,
        )  # fmt: skip
    ScriptedProvider(channel).collect(10)
    process_raw_events(channel)
    assert not RawEvent.objects.filter(processed_at=None).exists()
    assert len(replies()) == 1


def test_a_hundred_old_messages_after_a_disconnection_get_no_answer(channel: Channel, now: clock.HeldClock) -> None:
    make_rule(channel.workspace, "harga")
    save_settings(workspace=channel.workspace, draft=SettingsDraft(True, 240, "Kami tutup", ""))
    for number in range(100):
        World.of(channel).tell_message(f"+62812770{number:05}", ("harga", "admin", "apa ya")[number % 3], f"o{number}")
    ScriptedProvider(channel).collect(1000)
    now.move(minutes=20)
    process_raw_events(channel)
    assert Message.objects.filter(direction="outbound").count() == 0
    assert Conversation.objects.filter(unread=1).count() == 100


def test_files_stickers_places_and_cards_are_no_questions(channel: Channel) -> None:
    make_rule(channel.workspace, "harga")
    texts = ("🎤", "🏷️", "📷", "📍 Toko Harga\nhttps://maps.google.com/?q=1,2", "👤 Harga 0812")
    say_together(channel, zip(phones(len(texts)), texts, strict=True))
    assert replies() == []
    assert list(Conversation.objects.values_list("unread", flat=True)) == [1] * len(texts)


def test_a_document_with_a_telling_name_is_no_question(channel: Channel) -> None:
    make_rule(channel.workspace, "harga")
    world = World.of(channel)
    world.tell_file(AYU, "f1", b"%PDF", text="📄 daftar harga.pdf", name="daftar harga.pdf", kind="document")
    ScriptedProvider(channel).collect(10)
    process_raw_events(channel)
    assert replies() == []
    world.tell_file(AYU, "f2", b"%PDF", text="📄 harga ini masih berlaku?", name="promo.pdf", kind="document")
    ScriptedProvider(channel).collect(10)
    process_raw_events(channel)
    assert len(replies()) == 1, "a caption is"


def test_a_message_typed_on_the_shops_phone_silences_the_rules_for_a_time(
    channel: Channel, now: clock.HeldClock
) -> None:
    make_rule(channel.workspace, "harga")
    say(channel, "halo")
    now.move(minutes=1)
    World.of(channel).tell("own", "o1", provider_id="o1", identities=[["phone", AYU]], text="Sebentar ya Kak")
    ScriptedProvider(channel).collect(10)
    process_raw_events(channel)
    now.move(minutes=5)
    say(channel, "harga")
    assert replies() == []
    now.move(hours=4)
    say(channel, "harga")
    assert len(replies()) == 1, "the silence ends by itself"


def test_a_person_silences_the_rules_in_their_conversation_alone(channel: Channel, now: clock.HeldClock) -> None:
    other = make_channel(channel.workspace, name="Lain")
    make_rule(channel.workspace, "harga")
    say(other, "halo")
    World.of(other).tell("own", "o1", provider_id="o1", identities=[["phone", AYU]], text="Sebentar ya Kak")
    ScriptedProvider(other).collect(10)
    process_raw_events(other)
    now.move(minutes=5)
    for number, answering in ((other, "person"), (channel, "automatic")):
        say(number, "harga")
        assert answering_now(Conversation.objects.get(channel=number)).who == answering
    assert Message.objects.get(origin_kind="auto_reply").channel == channel
