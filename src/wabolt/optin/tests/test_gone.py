"""Codes and pages of ways in that are closed, unknown or of another shop look alike; people who came before are told.

The rule is checked over every kind and state of `gone_points`, so a new kind is checked without a change here.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.consent.queries import statuses
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.media.tests.factories import make_media
from wabolt.messaging.models import Message
from wabolt.messaging.services import process_raw_events
from wabolt.optin.events.services import cancel_event
from wabolt.optin.events.tests.factories import make_event
from wabolt.optin.giveaways.tests.factories import make_giveaway
from wabolt.optin.models import Entrant, Entry, EntryPoint, Registration
from wabolt.optin.rules.codes import make_code
from wabolt.optin.services import Submission, close_point, submit_entry
from wabolt.optin.tests.factories import code_of, gone_points, make_point

_messages = iter(range(10**9))
NEVER_MADE = make_code("Q7W2")


@pytest.fixture
def channel(db: None, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel(make_workspace("Gaya Nusantara"))
    create_defaults(workspace=channel.workspace)
    return channel


def say(channel: Channel, *texts: str) -> list[list[str]]:
    """A new customer writes each text; all arrive together. Returns the answers to each of them. No customer is on the
    list afterwards."""
    people = {f"+628129{next(_messages):07}": text for text in texts}
    for phone, text in people.items():
        World.of(channel).tell_message(phone, text, f"gone-{next(_messages)}")
    ScriptedProvider(channel).collect(1000)
    process_raw_events(channel)
    contacts = dict(Contact.objects.filter(identities__value__in=people).values_list("identities__value", "pk"))
    assert len(contacts) == len(people)
    known = statuses(channel.workspace, contacts.values())
    assert {known[contact].state for contact in contacts.values()} <= {None, "withdrawn"}
    assert not Entry.objects.filter(contact__in=contacts.values()).exists()
    return [answers_to(contacts[phone]) for phone in people]


def answers_to(contact: int) -> list[str]:
    sent = Message.objects.filter(direction="outbound", contact=contact).order_by("pk")
    return [f"{message.origin_kind}:{message.purpose}:{message.text}" for message in sent]


def test_every_gone_code_is_answered_in_the_same_words(channel: Channel) -> None:
    foreign = make_point(make_channel(make_workspace("Lain"), phone="+6281100000009"))
    form = submit_entry(
        placement=(open_form := make_point(channel, kind="form")).placements.get(),
        submission=Submission(marketing=True),
    )
    say_and_join = World.of(channel).tell_message
    say_and_join("+6281277777777", f"#{form.code}", "first")
    ScriptedProvider(channel).collect(10)
    process_raw_events(channel)
    close_point(workspace=channel.workspace, point_id=open_form.pk)
    codes = {name: code_of(point) for name, point in gone_points(channel).items()}
    codes |= {"unknown": NEVER_MADE, "unknown form": make_code("Q7W2E9"), "foreign": code_of(foreign)}
    codes["form of another person, closed"] = str(form.code)
    sent = Message.objects.filter(direction="outbound").count()
    texts = [f"Halo kak, mau ikut! #{code}" for code in codes.values()]
    answers = dict(zip(codes, say(channel, *texts), strict=True))
    assert Message.objects.filter(direction="outbound").count() - sent == len(codes)
    assert len({str(found) for found in answers.values()}) == 1, answers
    [answer] = answers["unknown"]
    assert "Gaya Nusantara" in answer
    assert "tidak ditemukan" in answer
    assert not Registration.objects.exists()
    assert not Entrant.objects.exists()


def test_a_second_gone_code_on_the_same_day_is_not_answered_again(channel: Channel) -> None:
    closed = make_point(channel)
    close_point(workspace=channel.workspace, point_id=closed.pk)
    for code in (NEVER_MADE, code_of(closed)):
        World.of(channel).tell_message("+6281290000000", f"#{code}", f"gone-{next(_messages)}")
        ScriptedProvider(channel).collect(1000)
        process_raw_events(channel)
        assert Message.objects.filter(direction="outbound").count() == 1


def test_words_that_only_look_like_a_code_are_left_to_a_member(channel: Channel) -> None:
    """The number of an order may be a code by chance, and a stop is no question about a code."""
    said = (
        "pesanan saya {code} sudah sampai mana?",
        "{code}",
        "STOP #{code}",
        "jangan kirim lagi #{code}",
        "tidak jadi #{code}",
    )
    answers = say(channel, *(text.format(code=NEVER_MADE) for text in said))
    assert not any("tidak ditemukan" in answer for found in answers for answer in found)


def test_a_typing_error_in_a_closed_code_is_not_asked_about(channel: Channel) -> None:
    closed = make_point(channel)
    close_point(workspace=channel.workspace, point_id=closed.pk)
    code = code_of(closed)
    wrong = code[:2] + ("A" if code[2] != "A" else "B") + code[3:]
    assert say(channel, f"Halo #{wrong}") == [[]]


def test_who_took_part_or_registered_is_told_more(channel: Channel) -> None:
    giveaway, event = make_giveaway(channel), make_event(channel, starts_at=clock.now() + timedelta(days=9))
    for text in ("BATIK", f"#{code_of(event.point)}"):
        World.of(channel).tell_message("+6281288888888", text, f"gone-{next(_messages)}")
        ScriptedProvider(channel).collect(10)
        process_raw_events(channel)
    close_point(workspace=channel.workspace, point_id=giveaway.pk)
    cancel_event(workspace=channel.workspace, event_id=event.pk)
    Registration.objects.update(state="cancelled")
    for text in (f"#{code_of(giveaway.point)}", f"#{code_of(event.point)}"):
        World.of(channel).tell_message("+6281288888888", text, f"gone-{next(_messages)}")
        ScriptedProvider(channel).collect(10)
        process_raw_events(channel)
    told = " ".join(Message.objects.filter(direction="outbound").order_by("-pk").values_list("text", flat=True)[:2])
    assert "dibatalkan" in told
    assert "hadiah" in told.lower()
    assert "tidak ditemukan" not in told


def test_every_gone_page_is_the_same_page(channel: Channel, client: Client) -> None:
    gone = gone_points(channel)
    picture = make_media(channel.workspace)
    EntryPoint.objects.filter(pk__in=[point.pk for point in gone.values()]).update(picture=picture, logo=picture)
    slugs = {name: point.slug for name, point in gone.items()} | {"unknown": "nothere1"}
    for method in (client.get, client.post):
        seen, counts = {}, {}
        for name, slug in slugs.items():
            with CaptureQueriesContext(connection) as queries:
                answer = method(f"/m/{slug}/", {"key": "x"}, headers={"accept-language": "id"})
            seen[name] = (answer.status_code, answer.content, sorted(answer.items()))
            counts[name] = len(queries)
        assert len({str(found) for found in seen.values()}) == 1
        assert seen["unknown"][0] == 404
        page = seen["unknown"][1].decode()
        assert "tidak ditemukan" in page
        assert "Gaya Nusantara" not in page
        assert set(counts.values()) == {counts["unknown"]}, counts
    only_its_own_code_changes_the_page(channel, client, [code_of(other) for other in gone.values()])


def only_its_own_code_changes_the_page(channel: Channel, client: Client, others: list[str]) -> None:
    point = make_point(channel, kind="form", name="Formulir")
    pages = {
        client.get(f"/m/{point.slug}/", {"at": code}).content.decode().partition('name="key"')[0]
        for code in [NEVER_MADE, *others, "'; --", "\x00", "A" * 5000]
    }
    assert len(pages) == 1
