"""The answers of a rule: in turn, each with its own file and menu; buttons where a number has them."""

import re
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.autoreply.models import ReplyRule
from wabolt.autoreply.rules.deciding import MenuLine, chosen_line
from wabolt.autoreply.services import AnswerDraft, RuleDraft, delete_rule, switch_rule, update_rule
from wabolt.autoreply.tests.chats import AYU, replies, say
from wabolt.autoreply.tests.factories import make_rule
from wabolt.channels.models import Channel
from wabolt.channels.providers.cloud.outgoing import too_long
from wabolt.channels.registry import Capabilities, Choice, Outgoing
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.media.models import MediaFile
from wabolt.media.tests.factories import make_media, picture_bytes
from wabolt.messaging.services import work_lane_once


class WithButtons(ScriptedProvider):
    """A number with three reply buttons and lists of ten rows, as the Cloud API has."""

    capabilities = replace(ScriptedProvider.capabilities, max_buttons=3, max_list_rows=10)


def sent(channel: Channel) -> list[Outgoing]:
    """The messages that the lane hands to the vendor."""
    while work_lane_once(channel):
        pass
    return World.of(channel).taken


def ask(channel: Channel, now: clock.HeldClock, *texts: str) -> None:
    for text in texts:
        now.move(minutes=3)
        say(channel, text)


def two_menus(channel: Channel) -> tuple[ReplyRule, ReplyRule]:
    """Two rules, and the rule INFO whose two answers have the two rules in different orders."""
    price = make_rule(channel.workspace, "harga", answer="Mulai Rp50.000", name="Daftar harga")
    hours = make_rule(channel.workspace, "jam buka", answer="8 sampai 20", name="Jam buka")
    first = AnswerDraft("Pilih ya", choices=[("Daftar harga", price.pk), ("Jam buka", hours.pk)])
    second = AnswerDraft("Silakan", choices=[("Jam buka", hours.pk), ("Daftar harga", price.pk)])
    make_rule(channel.workspace, "info", answers=[first, second])
    return price, hours


def test_no_person_gets_the_same_answer_twice_in_a_row(channel: Channel, now: clock.HeldClock) -> None:
    make_rule(channel.workspace, "harga", answers=[AnswerDraft(text) for text in ("Satu", "Dua", "Tiga")])
    for _again in range(4):
        now.move(minutes=5)
        say(channel, "harga")
        say(channel, "harga", phone="+6281277000002")
    texts = replies()
    assert texts[::2] == texts[1::2] == ["Satu", "Dua", "Tiga", "Satu"]


def test_each_answer_has_its_own_file(channel: Channel, now: clock.HeldClock) -> None:
    red, blue = (make_media(channel.workspace, picture_bytes(colour=colour)) for colour in ("red", "blue"))
    make_rule(channel.workspace, "katalog", answers=[AnswerDraft("A", red), AnswerDraft("B", blue), AnswerDraft("C")])
    ask(channel, now, "katalog", "katalog", "katalog")
    files = [(out.text, out.media.sha256 if out.media else "") for out in sent(channel)]
    assert files == [("A", red.sha256), ("B", blue.sha256), ("C", "")]


def test_a_number_leads_to_the_line_of_the_menu_that_was_sent_last(channel: Channel, now: clock.HeldClock) -> None:
    two_menus(channel)
    ask(channel, now, "info", "1")
    assert replies()[-1] == "Mulai Rp50.000"
    ask(channel, now, "info", "1")
    assert replies()[-1] == "8 sampai 20", "the other answer has the other order"


def test_a_menu_stays_open_after_one_line_of_it_was_read(channel: Channel, now: clock.HeldClock) -> None:
    two_menus(channel)
    ask(channel, now, "info", "1", "2")
    assert replies()[-2:] == ["Mulai Rp50.000", "8 sampai 20"]
    ask(channel, now, "jam buka", "1")
    assert len(replies()) == 4, "another question closes the menu"


def test_a_number_that_quotes_an_older_menu_means_that_menu(channel: Channel, now: clock.HeldClock) -> None:
    two_menus(channel)
    ask(channel, now, "info")
    older = sent(channel)[-1]
    ask(channel, now, "info")
    now.move(days=3)
    World.of(channel).tell_message(AYU, "1", "quoting", quoted_provider_id=f"SCRIPT-{older.ref}")
    say(channel)
    assert replies()[-1] == "Mulai Rp50.000", "also after the menu was closed"


def test_editing_a_rule_does_not_move_the_numbers_of_a_menu_that_was_sent(
    channel: Channel, now: clock.HeldClock
) -> None:
    price, hours = two_menus(channel)
    ask(channel, now, "info")
    rule = ReplyRule.objects.get(phrases=["info"])
    draft = RuleDraft("info", ["info"], [AnswerDraft("Baru", choices=[("Jam buka", hours.pk)])])
    update_rule(workspace=channel.workspace, rule_id=rule.pk, draft=draft)
    ask(channel, now, "1")
    assert replies()[-1] == "Mulai Rp50.000"
    delete_rule(workspace=channel.workspace, rule_id=price.pk)
    ask(channel, now, "info", "2")
    assert len(replies()) == 3, "the new menu has one line"


def test_a_line_whose_rule_is_off_is_not_shown_and_not_answered(channel: Channel, now: clock.HeldClock) -> None:
    price, _hours = two_menus(channel)
    ask(channel, now, "info")
    switch_rule(workspace=channel.workspace, rule_id=price.pk, on=False)
    ask(channel, now, "1")
    assert len(replies()) == 1
    ask(channel, now, "2")
    assert replies()[-1] == "8 sampai 20", "the numbers of the others stay"
    ask(channel, now, "info")
    assert sent(channel)[-1].text == "Silakan\n\n1. Jam buka"
    tried = signed_in(channel.workspace).get("/auto-replies/try/?text=info")
    assert tried.context["shown"] == "Pilih ya\n\n1. Jam buka", "the trial shows what would be sent"


def test_a_number_with_buttons_gets_buttons(
    channel: Channel, now: clock.HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wabolt.channels import registry

    monkeypatch.setitem(registry.PROVIDERS, "simulator", f"{__name__}.WithButtons")
    two_menus(channel)
    ask(channel, now, "info")
    (out,) = sent(channel)
    assert out.text == "Pilih ya"
    assert [choice.title for choice in out.choices] == ["Daftar harga", "Jam buka"]
    ask(channel, now, "Jam buka")
    assert replies()[-1] == "8 sampai 20", "a tapped button arrives as its title"


def test_a_menu_under_a_picture_is_numbered_lines(
    channel: Channel, now: clock.HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vendor sends either a file or buttons; the menu must not get lost."""
    from wabolt.channels import registry

    monkeypatch.setitem(registry.PROVIDERS, "simulator", f"{__name__}.WithButtons")
    price = make_rule(channel.workspace, "harga", name="Daftar harga")
    picture = make_media(channel.workspace, picture_bytes())
    make_rule(channel.workspace, "info", answers=[AnswerDraft("Lihat", picture, [("Daftar harga", price.pk)])])
    ask(channel, now, "info")
    (out,) = sent(channel)
    assert (out.text, out.choices) == ("Lihat\n\n1. Daftar harga", ())


CLOUD = Capabilities(max_messages_per_minute=1, max_daily_cap=1, max_buttons=3, max_list_rows=10)


@given(st.lists(st.text(max_size=30), max_size=12), st.text(max_size=1100))
def test_law_choices_are_given_only_where_the_cloud_api_takes_them(titles: list[str], text: str) -> None:
    choices = tuple(Choice(str(number), title) for number, title in enumerate(titles))
    if choices and CLOUD.takes_choices(choices, text):
        assert too_long(Outgoing("r", "phone", "+62", text, choices=choices)) == ""
        assert len(set(titles)) == len(titles)
        assert all(titles)
        assert text


@given(st.lists(st.sampled_from(["Harga", "Jam buka", "Ongkir", "Alamat toko"]), unique=True, min_size=1))
def test_law_each_line_of_a_menu_is_reached_by_its_number_and_by_its_words(titles: list[str]) -> None:
    lines = [MenuLine(title, number) for number, title in enumerate(titles, start=10)]
    for place, line in enumerate(lines, start=1):
        assert chosen_line(str(place), lines) == line
        assert chosen_line(f"no {place} kak", lines) == line
        assert chosen_line(line.title.upper(), lines) == line
    assert chosen_line(str(len(lines) + 1), lines) is None


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (AnswerDraft("x" * 4090, choices=[("Harga kaos", 1)]), "answer_2"),
        (AnswerDraft("", choices=[("Harga", 1)]), "answer_2"),
        (AnswerDraft("{{ contact.nma }}"), "answer_2"),
        (AnswerDraft("Pilih", choices=[("Harga", 1)] * 10), "menu_2"),
    ],
)
@pytest.mark.django_db
def test_a_refusal_names_the_answer(draft: AnswerDraft, field: str) -> None:
    workspace = make_workspace()
    target = make_rule(workspace, "harga")
    choices = [(title, target.pk) for title, _rule in draft.choices]
    with pytest.raises(DomainError) as refused:
        make_rule(workspace, "info", answers=[AnswerDraft("Satu"), replace(draft, choices=choices)])
    assert refused.value.field == field
    assert ReplyRule.objects.count() == 1


@pytest.fixture
def client(channel: Channel) -> Client:
    return signed_in(channel.workspace)


def test_the_page_takes_several_answers_each_with_a_file_and_a_menu(client: Client, channel: Channel) -> None:
    price = make_rule(channel.workspace, "harga")
    page = {"phrases": "info", "reach": "4", "when": "always", "name": ""}
    unfinished = {"answer_1": "Satu", "then-0-action": "contacts.tag", "then-0-tag": ""}
    added = client.post("/auto-replies/new/", {**page, **unfinished, "answer-add": "1"}).content.decode()
    assert 'name="answer_2"' in added
    assert 'name="then-0-action"' in added
    assert "is-invalid" not in added
    pictures = {
        f"file_{number}": SimpleUploadedFile(f"{colour}.jpg", picture_bytes(colour=colour), content_type="image/jpeg")
        for number, colour in ((1, "red"), (2, "blue"))
    }
    both = {**page, "answer_1": "Satu", "answer_2": "Dua", "menu_2": [str(price.pk)]}
    assert client.post("/auto-replies/new/", {**both, **pictures}).status_code == 302
    rule = ReplyRule.objects.get(phrases=["info"])
    answers = list(rule.answers.all())
    assert [answer.text for answer in answers] == ["Satu", "Dua"]
    assert len({answer.content.media_id for answer in answers}) == MediaFile.objects.count() == 2
    assert [answer.choices for answer in answers] == [[], [{"title": "harga", "rule": price.pk}]]
    stored = client.get(f"/auto-replies/{rule.pk}/").content.decode()
    assert "red.jpg" in stored
    assert "blue.jpg" in stored
    removed = client.post(f"/auto-replies/{rule.pk}/", {**both, "answer-remove": "1"}).content.decode()
    assert "\nDua</textarea>" in removed
    assert 'name="answer_2"' not in removed


def test_an_answer_that_another_member_changed_is_named(client: Client, channel: Channel) -> None:
    rule = make_rule(channel.workspace, "info", answer="Satu")
    address = f"/auto-replies/{rule.pk}/"
    version = re.findall(r'name="version" value="([^"]+)"', client.get(address).content.decode())[0]
    page = {"phrases": "info", "reach": "4", "when": "always", "name": "info", "version": version}
    assert client.post(address, {**page, "answer_1": "Dari tab lain"}).status_code == 302
    refused = client.post(address, {**page, "answer_1": "Dari tab ini"})
    assert refused.status_code == 422
    (told,) = refused.context["form"].non_field_errors()
    assert told.endswith("Tulisan Kakak masih ada di sini. Jawaban"), told
    assert "\nDari tab ini</textarea>" in refused.content.decode()


def test_an_error_is_shown_at_its_answer_and_keeps_everything(client: Client) -> None:
    page = {"phrases": "info", "reach": "4", "when": "always", "answer_1": "Satu", "answer_2": "{{ contact.nma }}"}
    refused = client.post("/auto-replies/new/", page)
    assert refused.status_code == 422
    body = refused.content.decode()
    assert "\nSatu</textarea>" in body
    fields = re.findall(r"<textarea[^>]*>", body)
    assert [("answer_2" in field) for field in fields if "is-invalid" in field] == [True]
    assert not ReplyRule.objects.exists()
