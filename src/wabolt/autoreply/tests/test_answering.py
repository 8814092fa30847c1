"""The responder: one reply per message, people first, and what stays for the team."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from wabolt.accounts.services import OpeningTimesDraft, save_opening_times
from wabolt.accounts.tests.factories import make_member
from wabolt.autoreply.models import ConversationMode, UnansweredMessage
from wabolt.autoreply.services import (
    AnswerDraft,
    SettingsDraft,
    answer,
    delete_rule,
    hand_back,
    save_settings,
    switch_rule,
    take_over,
)
from wabolt.autoreply.tests.chats import AYU, phones, replies, say, say_together, unread
from wabolt.autoreply.tests.factories import make_rule
from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.commerce.models import Voucher
from wabolt.consent.queries import consent_of
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.queries import tags_of
from wabolt.contacts.registry import ActionCall
from wabolt.contacts.services import add_tags
from wabolt.lib import clock
from wabolt.lib.opening_hours import parse_intervals
from wabolt.messaging.models import Conversation, Message
from wabolt.messaging.registry import Arrival
from wabolt.messaging.services import Reply, process_raw_events, queue_reply
from wabolt.messaging.tests.factories import make_people, queue_promotion
from wabolt.segments.queries import tree_from_text
from wabolt.segments.services import create_segment


def test_what_a_rule_answers(channel: Channel) -> None:
    """One reply per message, people first. A stop and a start word come before the rules."""
    make_rule(channel.workspace, "harga", "promo", answer="Mulai Rp50.000, {{ contact.first_name }}")
    make_rule(channel.workspace, "gabung yuk", "rusak", "retur", answer="Ok")
    make_rule(channel.workspace, "komplain", answer="Maaf ya Kak, kami cek", hands_over=True)
    make_rule(channel.workspace, "reseller", then=[ActionCall("contacts.tag", {"tag": "Calon reseller"})])
    price = ["Mulai Rp50.000, {{ contact.first_name }}"]
    written: dict[tuple[str, ...], tuple[list[str], int]] = {  # what a customer writes: our answers, unread messages
        ("hrg brp kak?",): (price, 0),
        ("bahannya apa kak", "makasih", "👍"): ([], 3),
        ("STOP",): ([], 0),
        ("stop harga",): ([], 1),
        ("jangan kirim promo lagi",): ([], 0),
        ("berhenti",): ([], 0),
        ("JOIN",): ([], 0),
        ("barangnya rusak kak",): (["Ok"], 1),
        ("mau komplen", "harga"): (["Maaf ya Kak, kami cek"], 2),
        ("mau jadi reseller",): (["Siap Kak"], 0),
        ("mau chat sama admin dong", "harga"): ([], 2),
    }
    people = dict(zip(phones(len(written)), written, strict=True))
    say_together(channel, [(phone, texts[0]) for phone, texts in people.items()])
    say_together(channel, [(phone, text) for phone, texts in people.items() for text in texts[1:]])
    assert {texts: (replies(phone=phone), unread(channel, phone)) for phone, texts in people.items()} == written
    assert [row.words for row in UnansweredMessage.objects.all()] == ["bahan apa"]
    of = {texts[0]: Contact.objects.get(identities__value=phone).pk for phone, texts in people.items()}
    assert consent_of(channel.workspace, of["JOIN"]).state == "granted"
    assert tags_of([of["mau jadi reseller"]]) == {of["mau jadi reseller"]: ["Calon reseller"]}
    assert len(replies("hand_over")) == 1


def test_each_message_gets_at_most_one_reply_however_often_it_is_processed(channel: Channel) -> None:
    make_rule(channel.workspace, "harga")
    make_rule(channel.workspace, "kaos")
    say(channel, "harga kaos")
    RawEvent.objects.update(processed_at=None)
    process_raw_events(channel)
    assert len(replies()) == 1


def test_a_person_who_wrote_silences_the_rules_for_a_time_that_ends(channel: Channel, now: clock.HeldClock) -> None:
    make_rule(channel.workspace, "harga")
    say(channel, "halo")
    contact = Contact.objects.get(identities__value=AYU)
    author = make_member(channel.workspace)
    queue_reply(workspace=channel.workspace, contact=contact, reply=Reply(text="Ya Kak?", author=author, form_key="1"))
    now.move(minutes=30)
    say(channel, "harga")
    assert replies() == []
    now.move(hours=4)
    say(channel, "harga")
    assert len(replies()) == 1


def test_a_message_from_the_shops_own_phone_silences_the_rules(channel: Channel, now: clock.HeldClock) -> None:
    make_rule(channel.workspace, "harga")
    say(channel, "halo")
    conversation = Conversation.objects.get(channel=channel)
    Message.objects.create(
        workspace=channel.workspace, channel=channel, contact=conversation.contact, direction="outbound", state="sent",
        origin_kind="phone", text="Sebentar ya", created_at=clock.now(),
    )  # fmt: skip
    now.move(minutes=5)
    say(channel, "harga")
    assert replies() == []


def test_take_over_and_hand_back(channel: Channel, now: clock.HeldClock) -> None:
    make_rule(channel.workspace, "harga")
    say(channel, "halo")
    conversation = Conversation.objects.get(channel=channel)
    take_over(conversation=conversation)
    say(channel, "harga")
    assert replies() == []
    hand_back(conversation=conversation)
    say(channel, "harga")
    assert len(replies()) == 1
    take_over(conversation=conversation)
    now.move(hours=12)
    say(channel, "harga")
    assert len(replies()) == 2, "a forgotten take-over ends by itself"


def test_a_complaint_gets_no_automatic_answer_and_silences_the_rules(channel: Channel, now: clock.HeldClock) -> None:
    make_rule(channel.workspace, "tutup", "kirim", "transfer", "harga")
    complaints = ("tutup botolnya bocor kak", "udah transfer kok belum dikirim", "kecewa banget")
    people = phones(len(complaints))
    for texts in (complaints, ["padahal harganya mahal"] * 3, ["harga"] * 3):
        say_together(channel, zip(people, texts, strict=True))
    assert replies() == []
    assert list(Conversation.objects.values_list("unread", flat=True)) == [3] * 3
    assert not UnansweredMessage.objects.exists()
    now.move(hours=13)
    say_together(channel, [(phone, "harga") for phone in people])
    assert len(replies()) == 3, "the silence ends by itself"


def test_old_messages_after_a_disconnection_get_no_reply(channel: Channel, now: clock.HeldClock) -> None:
    make_rule(channel.workspace, "harga")
    World.of(channel).tell_message(AYU, "harga", "late")
    ScriptedProvider(channel).collect(1000)
    now.move(minutes=10)
    process_raw_events(channel)
    assert replies() == []
    assert unread(channel) == 1


def test_at_most_five_replies_in_ten_minutes(channel: Channel, now: clock.HeldClock) -> None:
    words = ["harga", "ongkir", "alamat", "katalog", "ukuran", "resi", "retur"]
    for word in words:
        make_rule(channel.workspace, word)  # the limit is one of the customer, not of a rule
    for word in words:
        now.move(seconds=30)
        say(channel, word)
    assert len(replies()) == 5
    now.move(minutes=10)
    say(channel, "harga")
    assert len(replies()) == 6


def test_two_numbers_of_wabolt_that_write_to_each_other_fall_silent(channel: Channel, now: clock.HeldClock) -> None:
    """Each answers what the other one says; both stop after a few messages."""
    other = make_channel(channel.workspace, name="Lain")
    make_rule(channel.workspace, "halo", answer="Halo, ada yang bisa dibantu?")
    make_rule(channel.workspace, "ada yang bisa dibantu", answer="Halo!")
    text, count = "halo", 0
    for round_number in range(100):
        here, phone = ((channel, "+6281211111111"), (other, "+6281222222222"))[round_number % 2]
        before = len(replies())
        now.move(seconds=1)
        say(here, text, phone=phone)
        after = replies()
        if len(after) == before:
            break
        text, count = after[-1], count + 1
    assert count <= 10


def test_a_numbered_menu(channel: Channel, now: clock.HeldClock) -> None:
    price = make_rule(channel.workspace, "harga", answer="Mulai Rp50.000", name="Daftar harga")
    hours = make_rule(channel.workspace, "jam buka", answer="8 sampai 20", name="Jam buka")
    menu = [AnswerDraft("Mau tanya apa?", choices=[("Daftar harga", price.pk), ("Jam buka", hours.pk)])]
    make_rule(channel.workspace, "info", answers=menu)
    say(channel, "info")
    assert replies() == ["Mau tanya apa?"]
    assert [choice["title"] for choice in Message.objects.get(origin_kind="auto_reply").choices] == [
        "Daftar harga", "Jam buka",
    ]  # fmt: skip
    now.move(seconds=20)
    say(channel, "2")
    assert replies()[-1] == "8 sampai 20"
    now.move(days=2)
    say(channel, "1")
    assert len(replies()) == 2, "a menu is open for a day"


def test_when_for_whom_and_on_which_number(channel: Channel, now: clock.HeldClock) -> None:
    workspace = channel.workspace
    tree = tree_from_text(workspace, "tag is VIP")
    vip = create_segment(workspace=workspace, name="VIP", tree=tree)
    make_rule(workspace, "harga", answer="Harga VIP", segment=vip)
    make_rule(workspace, "harga", answer="Kami tutup", when="closed")
    make_rule(workspace, "harga", answer="Mulai Rp50.000", when="open")
    say(channel, "harga")
    assert replies()[-1] == "Mulai Rp50.000"
    contact = Contact.objects.get(identities__value=AYU)
    add_tags(workspace=workspace, contact_ids=[contact.pk], tag_names=["VIP"])
    now.move(minutes=1)
    say(channel, "harga")
    assert replies()[-1] == "Harga VIP"
    now.move(hours=10)
    say(channel, "harga", phone="+6281200000002")
    assert replies()[-1] == "Kami tutup"


def test_a_rule_for_one_number_is_silent_on_the_others(channel: Channel) -> None:
    other = make_channel(channel.workspace, name="Grosir")
    make_rule(channel.workspace, "harga", answer="Harga grosir", channel=other)
    say(channel, "harga")
    assert replies() == []
    say(other, "harga")
    assert replies() == ["Harga grosir"]


def test_a_rule_for_some_weekdays_keeps_the_days_of_the_shop(channel: Channel, now: clock.HeldClock) -> None:
    """In Jakarta a day begins seven hours before it does in UTC."""
    local = now.moment.astimezone(channel.workspace.tz)
    make_rule(channel.workspace, "ready", answer="Hari ini libur", weekdays=[(local.weekday() + 1) % 7])
    make_rule(channel.workspace, "ready", answer="Ready, Kak")
    say(channel, "ready")
    now.move(hours=12)  # 00.00
    say(channel, "ready", phone="+6281200000002")
    now.move(hours=24)
    say(channel, "ready", phone="+6281200000003")
    assert replies() == ["Ready, Kak", "Hari ini libur", "Ready, Kak"]


def test_the_away_text_goes_out_once_in_twelve_hours(channel: Channel, now: clock.HeldClock) -> None:
    save_settings(workspace=channel.workspace, draft=SettingsDraft(True, 240, "Kami tutup ya Kak", ""))
    hours = parse_intervals("8-10")
    assert isinstance(hours, tuple)
    save_opening_times(workspace=channel.workspace, draft=OpeningTimesDraft(dict.fromkeys(range(7), hours)))
    say(channel, "bahannya apa")
    now.move(hours=2)
    say(channel, "kok diam")
    assert replies("away_text") == ["Kami tutup ya Kak"]
    assert unread(channel) == 2
    now.move(hours=11)
    say(channel, "halo?")
    assert len(replies("away_text")) == 2


def test_rules_that_are_off_or_deleted_or_of_another_shop_do_not_answer(channel: Channel, now: clock.HeldClock) -> None:
    off = make_rule(channel.workspace, "harga")
    deleted = make_rule(channel.workspace, "ongkir")
    make_rule(make_channel(name="Toko lain").workspace, "alamat")
    switch_rule(workspace=channel.workspace, rule_id=off.pk, on=False)
    delete_rule(workspace=channel.workspace, rule_id=deleted.pk)
    say(channel, "harga", "ongkir", "alamat")
    assert replies() == []
    save_settings(workspace=channel.workspace, draft=SettingsDraft(False, 240, "", ""))
    switch_rule(workspace=channel.workspace, rule_id=off.pk, on=True)
    say(channel, "harga")
    assert replies() == []


def test_a_machine_is_left_alone_for_a_while(channel: Channel, now: clock.HeldClock) -> None:
    make_rule(channel.workspace, "harga", answer="Baik Kak")
    for number in range(4):
        now.move(seconds=30)
        say(channel, f"Pesan otomatis {number}: harga berapa?")
    assert len(replies()) == 3
    assert ConversationMode.objects.get().machine_at is not None
    now.move(hours=1)
    say(channel, "tutup jam berapa")
    assert len(replies()) == 3


def test_an_answer_to_a_broadcast_is_a_reply_although_a_rule_takes_it(channel: Channel, now: clock.HeldClock) -> None:
    (contact,) = make_people(channel.workspace, 1)
    make_rule(channel.workspace, "info")
    queue_promotion(channel, [contact])
    Message.objects.filter(origin_kind="broadcast").update(state="sent", attempted_at=clock.now(), sent_at=clock.now())
    now.move(minutes=5)
    say(channel, "INFO", phone=contact.identities.get().value)
    assert replies() == ["Siap Kak"]
    assert Event.objects.filter(kind="broadcast_replied").count() == 1


def test_many_messages_cost_as_many_queries_as_one(channel: Channel) -> None:
    """Without a match. A shop that never had a rule pays one query."""
    say_together(channel, [(phone, "bahannya apa") for phone in phones(12)])
    received = Message.objects.filter(direction="inbound").select_related("contact").order_by("pk")
    arrivals = [Arrival(channel, message.contact, message, None) for message in received]
    with CaptureQueriesContext(connection) as without_rules:
        assert answer(arrivals) == set()
    assert len(without_rules) == 1
    make_rule(channel.workspace, "harga")
    counts = []
    for part in (arrivals[:1], arrivals[1:12]):
        with CaptureQueriesContext(connection) as queries:
            answer(part)
        counts.append(len(queries))
    assert UnansweredMessage.objects.count() == 12
    assert counts[1] <= counts[0], "the first one also reads the rules"


def test_a_rule_gives_a_voucher_and_its_answer_names_the_code(channel: Channel, now: clock.HeldClock) -> None:
    then = [ActionCall("commerce.give_voucher", {"percent": 10, "days": 14})]
    make_rule(channel.workspace, "diskon", answer="Kode Kakak: {{ voucher.code }}", then=then)
    say(channel, "diskon")
    voucher = Voucher.objects.get()
    message = Message.objects.get(origin_kind="auto_reply")
    assert message.variables["voucher"]["code"] == voucher.code
    assert (voucher.origin_kind, voucher.percent) == ("auto_reply", 10)
    RawEvent.objects.update(processed_at=None)
    process_raw_events(channel)
    assert Voucher.objects.count() == 1
