"""Taking part: one reward per person, in time, without any permission, and never after a stop."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from wabolt.channels.models import Channel
from wabolt.commerce.models import Voucher
from wabolt.consent.models import ConsentEvent
from wabolt.consent.queries import consent_of
from wabolt.consent.services import add_keyword
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.services import erase_contacts, merge_contacts, undo_merge
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Conversation, Message
from wabolt.optin.giveaways.queries import entrants, figures
from wabolt.optin.giveaways.services import GiveawayDraft, create_giveaway, update_giveaway
from wabolt.optin.giveaways.tests.factories import PERMIT, answers, make_giveaway, person, say, say_together, show
from wabolt.optin.models import Entrant, Entry, EntryPoint, Giveaway
from wabolt.optin.services import add_placement, close_point


def state(channel: Channel, who: int = 1) -> str | None:
    return consent_of(channel.workspace, person(who).pk).state


def unread(who: int = 1) -> int:
    return Conversation.objects.get(contact=person(who)).unread


def test_the_word_or_the_code_gives_the_reward_and_no_permission(channel: Channel) -> None:
    giveaway = make_giveaway(channel)
    texts = ("BATIK", "Halo kak, batik ya 🙏", "mau dong #batik yang biru", "BATIK #{}")
    code = giveaway.point.placements.get().code
    say_together(channel, enumerate((text.format(code) for text in texts), 1))
    assert ConsentEvent.objects.count() == 0
    messages = dict(entrants(giveaway).values_list("contact", "message_id"))
    for who, text in enumerate(texts, 1):
        voucher = Voucher.objects.get(contact=person(who))
        assert (voucher.percent, voucher.origin_kind, voucher.origin_id) == (10, "giveaway", giveaway.pk), text
        assert voucher.code in answers(who)[0], text
        entry = Entry.objects.get(contact=person(who))
        assert (entry.marketing, entry.message_id) == (False, messages[entry.contact_id]), text
        assert Event.objects.filter(contact=person(who), kind="giveaway_entered").count() == 1, text


def test_the_permission_is_asked_afterwards_and_given_by_yes(channel: Channel) -> None:
    giveaway = make_giveaway(channel)
    poster = add_placement(workspace=channel.workspace, point=giveaway.point, medium="poster", staff="Rina")
    say(channel, f"BATIK #{poster.code}")
    assert state(channel) is None
    asked = Message.objects.filter(direction="outbound").order_by("pk").last()
    assert asked is not None
    assert asked.origin_kind == "entry_point"
    Message.objects.filter(state="queued").update(state="sent", sent_at=clock.now())
    say(channel, "ya kak")
    assert state(channel) == "granted"
    assert Entry.objects.get().newly_granted
    assert Entry.objects.get().placement == poster, "the poster keeps the person"
    assert Voucher.objects.count() == 1


def test_a_person_who_stopped_gets_the_reward_and_no_question(channel: Channel) -> None:
    make_giveaway(channel)
    say(channel, "STOP")
    say(channel, "BATIK")
    assert Voucher.objects.count() == 1
    assert not Message.objects.filter(direction="outbound", origin_kind="entry_point").exists()
    assert state(channel) == "withdrawn"


def test_a_stop_beats_the_word(channel: Channel) -> None:
    make_giveaway(channel)
    say_together(channel, enumerate(("STOP BATIK", "batik stop dong", "stop")))
    assert Message.objects.filter(direction="inbound").count() == 3
    assert not Entrant.objects.exists()


def test_a_sentence_that_only_contains_the_word_is_left_to_a_member(channel: Channel) -> None:
    make_giveaway(channel)
    texts = ("batik?", "kak ada batik ukuran L", "gak mau batik", "batiknya bagus ya")
    say_together(channel, enumerate(texts))
    assert not Entrant.objects.exists()
    assert [unread(who) for who in range(len(texts))] == [1] * len(texts)


def test_once_per_person(channel: Channel) -> None:
    giveaway = make_giveaway(channel)
    for _time in range(4):
        say(channel, "BATIK")
    assert (entrants(giveaway).count(), Voucher.objects.count()) == (1, 1)
    assert len(answers()) == 2, "the reward, and one answer a day"
    assert Voucher.objects.get().code in answers()[1]


def test_the_stock_ends_and_grows_again(channel: Channel) -> None:
    giveaway = make_giveaway(channel, stock=1)
    for who in (1, 2, 2):
        say(channel, "BATIK", who)
    assert (Voucher.objects.count(), figures(giveaway).people) == (1, 1)
    assert len(answers(2)) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Giveaway.objects.update(last_number=2)
    Giveaway.objects.update(stock=2)
    say(channel, "BATIK", 2)
    assert Voucher.objects.count() == 2


def test_whatsapps_time_counts_until_the_list_is_locked(channel: Channel) -> None:
    end = clock.now() - timedelta(minutes=5)
    giveaway = make_giveaway(channel)
    EntryPoint.objects.filter(pk=giveaway.pk).update(active_until=end)
    say(channel, "BATIK", 1, at=end - timedelta(seconds=1))
    say(channel, "BATIK", 2, at=end)
    assert [one.contact for one in entrants(giveaway)] == [person(1)]
    Giveaway.objects.update(locked_at=clock.now())
    say(channel, "BATIK", 3, at=end - timedelta(seconds=1))
    assert entrants(giveaway).count() == 1


def test_late_messages_are_answered_once(channel: Channel) -> None:
    giveaway = make_giveaway(channel)
    close_point(workspace=channel.workspace, point_id=giveaway.pk)
    say(channel, "BATIK")
    say(channel, f"BATIK #{giveaway.point.placements.get().code}")
    assert len(answers()) == 1
    assert giveaway.point.name in answers()[0]
    assert not Entrant.objects.exists()


def test_early_messages_are_told_when_it_begins(channel: Channel) -> None:
    make_giveaway(channel, opens_at=clock.now() + timedelta(days=1))
    say(channel, "BATIK")
    assert len(answers()) == 1
    assert not Entrant.objects.exists()


def test_a_merge_makes_one_entry_and_its_undo_two(channel: Channel) -> None:
    giveaway = make_giveaway(channel, kind="draw")
    say(channel, "BATIK", 1, 2, 3)
    assert entrants(giveaway).count() == 3
    merge = merge_contacts(workspace=channel.workspace, keep_id=person(1).pk, absorb_id=person(2).pk, reason="member")
    assert entrants(giveaway).count() == 2
    say(channel, "BATIK", 2)
    assert entrants(giveaway).count() == 2
    undo_merge(workspace=channel.workspace, merge_id=merge.pk)
    assert entrants(giveaway).count() == 3


def test_an_entry_moves_with_a_merge_and_back(channel: Channel) -> None:
    giveaway = make_giveaway(channel)
    say(channel, "Halo", 1)
    say(channel, "BATIK", 2)
    keep, absorb = person(1), person(2)
    merge = merge_contacts(workspace=channel.workspace, keep_id=keep.pk, absorb_id=absorb.pk, reason="member")
    assert entrants(giveaway).get().contact == keep
    undo_merge(workspace=channel.workspace, merge_id=merge.pk)
    assert entrants(giveaway).get().contact == absorb


def test_a_contest_entry_is_a_picture_with_its_caption(channel: Channel) -> None:
    giveaway = make_giveaway(channel, kind="contest")
    say(channel, "BATIK")
    show(channel, text="📷 Kemeja kesayanganku")
    entrant = entrants(giveaway).get()
    assert (entrant.text, entrant.picture_id is not None) == ("Kemeja kesayanganku", True)
    assert "1" in answers()[-1]


def test_the_text_may_come_after_the_picture_and_a_question_may_not(channel: Channel) -> None:
    giveaway = make_giveaway(channel, kind="contest")
    say(channel, "BATIK")
    say(channel, "fotonya boleh lama?")
    assert unread() == 1
    show(channel)
    say(channel, "kapan diumumkan?")
    assert entrants(giveaway).get().text == ""
    say(channel, "Ini batik ibuku")
    assert entrants(giveaway).get().text == "Ini batik ibuku"
    say(channel, "Terima kasih kak")
    assert entrants(giveaway).get().text == "Ini batik ibuku"


def test_word_and_picture_in_one_message_and_a_better_picture(channel: Channel) -> None:
    giveaway = make_giveaway(channel, kind="contest")
    show(channel, text="📷 #BATIK Kebaya nenek")
    first = entrants(giveaway).get()
    assert first.text == "Kebaya nenek"
    show(channel, text="📷 #batik Yang ini lebih jelas")
    second = entrants(giveaway).get()
    assert second.picture_id != first.picture_id
    assert (second.number, second.text) == (1, "Yang ini lebih jelas")


def test_a_picture_after_the_end_is_too_late(channel: Channel) -> None:
    giveaway = make_giveaway(channel, kind="contest")
    say(channel, "BATIK")
    close_point(workspace=channel.workspace, point_id=giveaway.pk)
    show(channel)
    assert entrants(giveaway).get().picture_id is None
    assert len(answers()) == 2


def test_an_erased_person_leaves_no_words_and_does_not_count(channel: Channel) -> None:
    giveaway = make_giveaway(channel, kind="contest")
    show(channel, text="📷 #BATIK Kebaya nenek")
    erase_contacts(workspace=channel.workspace, ids=[person().pk])
    assert Entrant.objects.get().text == ""
    assert not entrants(giveaway).exists()


def test_a_word_with_another_meaning_is_refused_with_the_reason(channel: Channel) -> None:
    make_giveaway(channel)
    words = {
        "STOP": "word_stop",
        "stop promo": "word_stop",
        "JOIN": "word_start",
        "setuju kak": "word_yes",
        "2026": "word_number",
        "a": "word_short",
        "kak": "word_common",
        "satu dua tiga empat": "word_long",
        "Batik": "word_taken",
        "lihat data saya": "word_taken",
    }
    for word, code in words.items():
        with pytest.raises(DomainError) as refusal:
            make_giveaway(channel, word=word)
        assert (refusal.value.code, refusal.value.field) == (code, "word"), word
        assert Giveaway.objects.count() == 1, word


def test_a_word_is_free_again_after_the_end(channel: Channel) -> None:
    old = make_giveaway(channel)
    close_point(workspace=channel.workspace, point_id=old.pk)
    new = make_giveaway(channel)
    say(channel, "BATIK")
    assert entrants(new).count() == 1


def test_the_word_of_a_giveaway_cannot_become_a_keyword(channel: Channel) -> None:
    make_giveaway(channel, word="KEBAYA")
    for action in ("start", "stop"):
        with pytest.raises(DomainError) as refusal:
            add_keyword(workspace=channel.workspace, action=action, word="kebaya")
        assert refusal.value.code == "giveaway_word", action


def test_a_draw_without_a_permit_is_refused_at_every_door(channel: Channel) -> None:
    reward = make_giveaway(channel)
    for permit in ("", "   ", "ada", "-----", "izin"):
        with pytest.raises(DomainError) as refusal:
            make_giveaway(channel, kind="draw", permit_number=permit, word="MOTOR")
        assert refusal.value.code == "permit_missing", permit
        draft = GiveawayDraft(
            kind="draw", name="x", channel=channel, word="BATIK", prize="Motor", permit_number=permit,
            closes_at=clock.now() + timedelta(days=1),
        )  # fmt: skip
        with pytest.raises(DomainError):
            update_giveaway(workspace=channel.workspace, giveaway_id=reward.pk, draft=draft)
        with pytest.raises(IntegrityError), transaction.atomic():
            Giveaway.objects.filter(pk=reward.pk).update(kind="draw", permit_number=permit)
    assert make_giveaway(channel, kind="draw", word="MOTOR").permit_number == PERMIT


def test_the_kind_stays_once_people_take_part(channel: Channel) -> None:
    giveaway = make_giveaway(channel)
    say(channel, "BATIK")
    draft = GiveawayDraft(
        kind="draw", name="x", channel=channel, word="BATIK", prize="Motor", permit_number=PERMIT,
        closes_at=clock.now() + timedelta(days=1),
    )  # fmt: skip
    with pytest.raises(DomainError) as refusal:
        update_giveaway(workspace=channel.workspace, giveaway_id=giveaway.pk, draft=draft)
    assert refusal.value.code == "kind_fixed"


def test_giveaways_of_two_shops_do_not_meet(channel: Channel) -> None:
    from wabolt.channels.tests.factories import make_channel

    other = make_giveaway(make_channel(), word="BATIK")
    say(channel, "BATIK")
    assert not Entrant.objects.exists()
    with pytest.raises(Giveaway.DoesNotExist):
        update_giveaway(
            workspace=channel.workspace,
            giveaway_id=other.pk,
            draft=GiveawayDraft(kind="reward", name="x", channel=channel, word="LAIN", prize="x", reward_percent=5),
        )
    assert Contact.objects.filter(workspace=channel.workspace).count() == 1


def test_a_contest_needs_criteria_so_that_it_is_no_draw(channel: Channel) -> None:
    with pytest.raises(DomainError) as refusal:
        create_giveaway(
            workspace=channel.workspace,
            draft=GiveawayDraft(
                kind="contest", name="x", channel=channel, word="FOTO", prize="x", closes_at=clock.now() + timedelta(1)
            ),
        )
    assert refusal.value.field == "criteria"
