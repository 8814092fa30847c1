"""Chat forms: files and places as answers, permission for promotions, breakdowns, and the example forms."""

import pytest

from tests.cases import each
from wabolt.autoreply.models import ChatForm, ChatFormRun, ConversationMode
from wabolt.autoreply.recipes import draft_of_recipe
from wabolt.autoreply.services import MEMBER, QuestionDraft, create_chat_form, start_chat_form
from wabolt.autoreply.tests.chats import AYU, answer, asked, say, unread
from wabolt.autoreply.tests.factories import make_chat_form
from wabolt.channels.models import Channel
from wabolt.consent.queries import consent_of
from wabolt.contacts.models import Contact
from wabolt.contacts.registry import ActionRun, ContactAction
from wabolt.contacts.registry.actions import _actions
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.messaging.services import work_lane_once
from wabolt.optin.models import Offer
from wabolt.optin.tests.factories import make_point


def run_of(channel: Channel) -> ChatFormRun:
    return ChatFormRun.objects.get(conversation__channel=channel)


def start(channel: Channel, form: ChatForm, greeting: str = "halo") -> Contact:
    """A member starts the form after the customer has greeted."""
    say(channel, greeting)
    contact = Contact.objects.get(identities__value=AYU)
    start_chat_form(workspace=channel.workspace, form=form, contact_ids=[contact.pk], started_by=MEMBER)
    return contact


def from_recipe(channel: Channel, key: str) -> ChatForm:
    draft = draft_of_recipe(channel.workspace, key)
    assert draft is not None
    return create_chat_form(workspace=channel.workspace, draft=draft)


def test_a_file_as_an_answer_is_asked_again_in_words_that_fit(club: Channel, now: clock.HeldClock) -> None:
    say(club, "ultah")
    for text in ("🎤", "🏷️"):
        answer(club, now, text)
        assert asked()[-1].startswith("Maaf, foto, suara, dan stiker belum bisa kami baca")
    answer(club, now, "📷")
    assert run_of(club).state == "handed_over"
    assert unread(club) == 1


def test_an_album_of_three_pictures_does_not_choose_the_third_line(channel: Channel, now: clock.HeldClock) -> None:
    start(channel, make_chat_form(channel.workspace, QuestionDraft("own:choice", "Ukuran?", choices=("S", "M", "L"))))
    answer(channel, now, "🖼️ 3 📷")
    assert (run_of(channel).state, run_of(channel).retries) == ("open", 1)
    answer(channel, now, "3")
    assert list(run_of(channel).answers.values()) == ["L"]


def test_a_caption_and_words_next_to_a_sticker_are_an_answer(club: Channel, now: clock.HeldClock) -> None:
    say(club, "ultah")
    answer(club, now, "🏷️", "17 agustus 95")
    assert run_of(club).answers == {"q1": "1995-08-17"}
    answer(club, now, "📷 bdg")
    assert run_of(club).answers["q2"] == "Bandung"


def test_a_shared_place_is_an_answer_to_a_question_about_an_address(channel: Channel, now: clock.HeldClock) -> None:
    questions = [QuestionDraft("field:alamat", "Alamatnya?"), QuestionDraft("city", "Kota?")]
    form = make_chat_form(channel.workspace, *questions)
    start(channel, form)
    place = "📍 Jl. Dago 12\nhttps://maps.google.com/?q=-6.88,107.61"
    answer(channel, now, place)
    assert run_of(channel).answers == {"q1": place.replace("\n", " ")}
    answer(channel, now, place)
    assert run_of(channel).retries == 1, "but not to one about a city"


def test_a_form_that_cannot_go_on_goes_to_the_team(
    club: Channel, now: clock.HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An action raises an unexpected error."""

    def broken(_run: ActionRun) -> dict[int, str]:
        raise ZeroDivisionError

    tag = ContactAction("contacts.tag", "x", "tag", broken, lambda _workspace, _params: "x")
    monkeypatch.setitem(_actions, "contacts.tag", tag)
    say(club, "ultah")
    for text in ("17 agustus 95", "bdg", "cewek"):
        answer(club, now, text)
    assert run_of(club).state == "handed_over"
    assert unread(club) == 1
    assert ConversationMode.objects.get().taken_over_until is not None


def test_the_list_is_offered_at_the_end_where_answers_are_for_promotions(
    channel: Channel, now: clock.HeldClock
) -> None:
    make_point(channel)
    contact = start(channel, from_recipe(channel, "birthday"))
    for text in ("17 agustus 95", "bdg", "cewek"):
        answer(channel, now, text)
    last = Message.objects.filter(direction="outbound").order_by("-pk")[:2]
    assert [message.origin_kind for message in last] == ["entry_point", "chat_form"], "the question comes last"
    assert consent_of(channel.workspace, contact.pk).state != "granted", "an answer alone is no permission"
    while work_lane_once(channel):
        pass
    now.move(minutes=1)
    say(channel, "YA")
    assert consent_of(channel.workspace, contact.pk).state == "granted"


def test_people_on_the_list_are_not_asked_again(channel: Channel, now: clock.HeldClock) -> None:
    make_point(channel)
    start(channel, from_recipe(channel, "taste"), "JOIN")
    for text in ("M", "1, 3"):
        answer(channel, now, text)
    assert run_of(channel).state == "finished"
    assert not Offer.objects.exists()


@each("recipe", ["birthday", "taste", "event", "address"], undone=True)
def test_each_example_form_can_be_answered_to_its_end(channel: Channel, now: clock.HeldClock, recipe: str) -> None:
    said = {
        "birthday": ("17 agustus 95", "bdg", "gak ada"), "taste": ("L kak", "1 dan 3"),
        "event": ("datang dong", "berdua", "skip"), "address": ("Siti Rahma", "Jl. Dago 12, 40135", "kab bandung"),
    }  # fmt: skip
    start(channel, from_recipe(channel, recipe))
    for text in said[recipe]:
        answer(channel, now, text)
    assert run_of(channel).state == "finished", run_of(channel).answers


def test_no_need_is_an_answer_and_does_not_end_the_form(channel: Channel, now: clock.HeldClock) -> None:
    """ "Gak usah" says no to a wrapping and skips a note."""
    note = QuestionDraft("own:text", "Ada catatan?", optional=True)
    start(channel, make_chat_form(channel.workspace, QuestionDraft("own:yes_no", "Mau dibungkus kado, Kak?"), note))
    answer(channel, now, "gak usah kak")
    assert run_of(channel).state == "open"
    answer(channel, now, "gausah")
    assert (run_of(channel).state, list(run_of(channel).answers.values())) == ("finished", [False, None])
