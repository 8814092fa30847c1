"""People who join together get the same as people who join one by one."""

import random
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wabolt.accounts.models import Workspace
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.commerce.models import Voucher
from wabolt.consent.models import Consent, ConsentEvent
from wabolt.consent.queries import verify
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.services import create_field
from wabolt.lib import clock
from wabolt.messaging.models import Conversation, Message
from wabolt.messaging.registry import RESPONDERS, Arrival, Responder
from wabolt.messaging.services import process_raw_events
from wabolt.optin.events.tests.factories import make_event
from wabolt.optin.models import Entry, EntryPoint, Placement
from wabolt.optin.services import Submission, add_placement, close_point, confirm_entries, submit_entry
from wabolt.optin.tests.factories import code_of, make_point

BEGIN = clock.now().replace(microsecond=0) - timedelta(days=1)
LEDGER = ("contact", "purpose", "action", "source", "wording__text", "evidence__text", "evidence__form", "at")
PERSON = ("source", "name", "city", "birth_date", "email", "fields", "search", "reachable")
ANSWER = ("origin_kind", "state", "priority", "quoted__text")
PEOPLE = [f"+62812000{number:05}" for number in range(30)]


@pytest.fixture
def channels(db: None, monkeypatch: pytest.MonkeyPatch) -> tuple[Channel, Channel]:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    made = make_channel(), make_channel(phone="+6281100000002")
    for channel in made:
        create_defaults(workspace=channel.workspace)
    return made


@pytest.fixture
def channel(channels: tuple[Channel, Channel]) -> Channel:
    return channels[0]


def furnish(channel: Channel) -> list[str]:
    """Makes the same ways in in each shop. Returns the texts with their codes, in the same order in each shop."""
    create_field(workspace=channel.workspace, label="Ukuran", kind="choice", choices=["S", "M"])
    plain = make_point(channel, name="Kasir", tags=["Dago", "Kasir"], greeting="JOIN", fields={"ukuran": "M"})
    branch = add_placement(workspace=channel.workspace, point=plain, branch="Dago", medium="till", staff="Rina")
    thanks = make_point(channel, name="Bio", kind="link", thanks="Terima kasih!", wording="Saya mau kabar. Balas STOP.")
    voucher = make_point(channel, name="Kupon", voucher_percent=10)
    closed = make_point(channel, name="Tutup")
    close_point(workspace=channel.workspace, point_id=closed.pk)
    form = make_point(channel, name="Web", kind="form", service_wording="")
    placement = form.placements.get()
    given = [
        Submission(marketing=True, answers={"name": "Ayu", "city": "bandung", "birth_date": "1990-02-03"}),
        Submission(service=True, answers={"field:ukuran": "S", "email": "no address"}),
        Submission(marketing=True, service=True, answers={"field:gone": "S"}),
    ]
    forms = [str(submit_entry(placement=placement, submission=submission).code) for submission in given]
    codes = [plain.placements.order_by("pk")[0].code, branch.code]
    codes += [point.placements.get().code for point in (thanks, voucher, closed, form)]
    both = f"#{codes[0]} #{codes[2]}"
    wrong = codes[0][:-1] + ("2" if codes[0][-1] != "2" else "3")
    texts = [f"Halo kak 🙏 #{code}" for code in (codes + forms) * 2]
    texts += [both, f"JOIN #{wrong}", f"JOIN #{wrong}", "STOP", "ya", "ya", "JOIN", "halo", "Berapa harganya?"]
    return [*texts, f"bukan saya {codes[0]}", f"{codes[2]} berhenti dulu ya", f"STOP #{codes[3]}"]


def arrive(channel: Channel, messages: list[tuple[str, str, int]], run: int = 0) -> None:
    """Messages as (phone, text, second) arrive in one batch, 15 minutes after those of the `run` before."""
    begin = BEGIN + timedelta(minutes=15 * run)
    world = World.of(channel)
    for number, (phone, text, second) in enumerate(messages):
        world.tell_message(phone, text, f"{run}-{number}", at=begin + timedelta(seconds=second))
    ScriptedProvider(channel).collect(1000)
    process_raw_events(channel)


def one_by_one(arrivals: Sequence[Arrival]) -> set[int]:
    """The responder, asked about each arrival alone."""
    return set().union(*(confirm_entries([arrival]) for arrival in arrivals))


def result(channel: Channel) -> dict[str, Any]:
    """All that joining leaves in a shop, without ids and codes."""
    workspace = channel.workspace
    people = dict(Contact.objects.filter(workspace=workspace).values_list("pk", "identities__value"))

    def rows(found: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        return sorted(((people.get(pk), *rest) for pk, *rest in found), key=repr)

    entries = Entry.objects.filter(workspace=workspace).values_list(
        "contact",
        "point__name",
        "placement__branch",
        "state",
        "marketing",
        "service",
        "newly_granted",
        "answers",
        "message_id",
    )
    texts = dict(Message.objects.filter(workspace=workspace).values_list("pk", "text"))
    ledger = ConsentEvent.objects.filter(workspace=workspace)
    outgoing = Message.objects.filter(workspace=workspace, direction="outbound")
    return {
        "entries": rows((*row[:-1], texts.get(row[-1])) for row in entries),
        "states": rows(Consent.objects.filter(workspace=workspace).values_list("contact", "purpose", "state")),
        "ledger": rows(ledger.values_list(*LEDGER)),
        "contacts": rows(Contact.objects.filter(workspace=workspace).values_list("pk", *PERSON)),
        "tags": rows(Contact.objects.filter(workspace=workspace).values_list("pk", "tags__name")),
        "events": rows(Event.objects.filter(workspace=workspace).values_list("contact", "kind", "data__columns")),
        "answers": rows(outgoing.values_list("contact", *ANSWER)),
        "unread": rows(Conversation.objects.filter(channel=channel).values_list("contact", "unread", "dialog_kind")),
    }


def without_codes(rows: list[tuple[Any, ...]], texts: list[str]) -> list[str]:
    """The sorted rows as text. The codes differ from shop to shop, so they are replaced."""
    codes = {word[1:]: f"code{at}" for at, text in enumerate(texts) for word in text.split() if word.startswith("#")}
    shown = [repr(row) for row in rows]
    for code, name in codes.items():
        shown = [text.replace(code, name) for text in shown]
    return sorted(shown)


@pytest.mark.parametrize("seed", range(3))
def test_together_gives_the_same_as_one_by_one(
    channels: tuple[Channel, Channel], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    texts = [furnish(channel) for channel in channels]
    draw = random.Random(seed)
    for run in range(2):  # in the second run most people are known
        picked = [(draw.choice(PEOPLE), draw.randrange(len(texts[0])), second // 2) for second in range(45)]
        for channel, own, respond in zip(channels, texts, (confirm_entries, one_by_one), strict=True):
            monkeypatch.setitem(RESPONDERS, "entry_point", Responder("entry_point", 30, respond))
            arrive(channel, [(who, own[number], at) for who, number, at in picked], run)
    found = [result(channel) for channel in channels]
    for key in found[0]:
        one, other = (without_codes(shop[key], own) for shop, own in zip(found, texts, strict=True))
        assert one == other, key
    assert len({entry[1] for entry in found[0]["entries"]}) >= 4
    for channel in channels:
        assert verify(channel.workspace).whole
        check_evidence(channel.workspace)


def check_evidence(workspace: Workspace) -> None:
    """The law: each permission of a way in is a message of this person, at the time of the message, with a text that
    this way in has shown: in the form that was submitted, or at the placement whose code the message carries."""
    granted = ConsentEvent.objects.filter(workspace=workspace, source="entry_point").select_related("wording")
    assert granted.exists()
    messages = Message.objects.filter(workspace=workspace).in_bulk()
    points = EntryPoint.objects.filter(workspace=workspace).in_bulk()
    forms = {entry.code: entry for entry in Entry.objects.filter(workspace=workspace)}
    codes = set(Placement.objects.filter(workspace=workspace).values_list("point", "code"))
    for permission in granted:
        proof = permission.evidence
        message = messages[proof["message"]]
        assert (message.direction, message.contact_id) == ("inbound", permission.contact_id)
        assert (message.created_at, permission.action) == (permission.at, "granted")
        assert permission.wording is not None
        assert permission.wording.purpose == permission.purpose
        point = points[proof["entry_point"]]
        shown = {point.marketing_wording_id, point.service_wording_id}
        assert permission.wording_id in shown
        if proof["form"]:
            assert getattr(forms[proof["code"]], permission.purpose), "a box that was not ticked grants nothing"
        else:
            assert permission.purpose == "marketing"
            assert (point.pk, proof["code"]) in codes


def test_each_permission_names_its_own_message(channel: Channel) -> None:
    text = f"#{code_of(make_point(channel))}"
    arrive(channel, [(phone, text, 0) for phone in PEOPLE])
    ledger = ConsentEvent.objects.filter(workspace=channel.workspace)
    assert ledger.count() == len(PEOPLE)
    messages = Message.objects.in_bulk()
    entries = dict(Entry.objects.values_list("contact", "message_id"))
    for permission in ledger:
        message = messages[permission.evidence["message"]]
        assert (message.contact_id, message.direction) == (permission.contact_id, "inbound")
        assert entries[permission.contact_id] == message.pk
    quoted = Message.objects.filter(direction="outbound").values_list("contact", "quoted__contact")
    assert {contact == other for contact, other in quoted} == {True}


def test_the_statements_do_not_grow_with_the_people(channel: Channel) -> None:
    text = f"#{code_of(make_point(channel, tags=['Dago'], voucher_percent=10))}"
    counts = []
    for run, people in enumerate((PEOPLE[:3], PEOPLE[3:])):
        with CaptureQueriesContext(connection) as found:
            arrive(channel, [(phone, text, 0) for phone in people], run)
        counts.append(len(found))
    assert EntryPoint.objects.get().entries.count() == Voucher.objects.count() == len(PEOPLE)
    assert counts[0] == counts[1]


def test_the_statements_do_not_grow_with_the_events_whose_code_is_mistyped(channel: Channel) -> None:
    codes = [code_of(make_event(channel, starts_at=clock.now() + timedelta(days=9)).point) for _number in range(6)]
    counts = []
    for run, among in enumerate((codes[:1], codes)):
        people = enumerate(PEOPLE[run * 6 : run * 6 + 6])
        texts = [(phone, f"#{among[place % len(among)][:-1]}", 0) for place, phone in people]
        with CaptureQueriesContext(connection) as found:
            arrive(channel, texts, run)
        counts.append(len(found))
    assert Message.objects.filter(direction="outbound").count() == 12, "each is asked"
    assert counts[0] == counts[1]


def test_a_join_that_fails_hides_no_other(channel: Channel) -> None:
    """The shop's own welcome is too long to be sent: the people of this way in do not join, all others do."""
    good, bad = make_point(channel), make_point(channel, name="Rusak")
    EntryPoint.objects.filter(pk=bad.pk).update(thanks="x" * 5000)
    at_bad = set(PEOPLE[3::7])
    texts = [(phone, f"#{code_of(bad if phone in at_bad else good)}", 0) for phone in PEOPLE]
    arrive(channel, [*texts, (PEOPLE[0], "STOP", 1)])
    joined = set(PEOPLE) - at_bad - {PEOPLE[0]}
    assert set(Entry.objects.values_list("contact__identities__value", flat=True)) == joined
    states = dict(Consent.objects.values_list("contact__identities__value", "state"))
    assert states == {PEOPLE[0]: "withdrawn", **dict.fromkeys(joined, "granted")}
    failed = Message.objects.filter(direction="inbound", contact__identities__value__in=at_bad)
    assert all("responder entry_point" in message.detail for message in failed)
    unread = Conversation.objects.filter(unread__gt=0).values_list("contact__identities__value", flat=True)
    assert set(unread) == {*at_bad, PEOPLE[0]}


def test_of_two_people_with_the_code_of_one_form_the_first_joins(channel: Channel) -> None:
    point = make_point(channel, kind="form")
    form = submit_entry(
        placement=point.placements.get(), submission=Submission(marketing=True, answers={"name": "Ayu"})
    )
    arrive(channel, [(phone, f"#{form.code}", 0) for phone in PEOPLE[:3]])
    assert Entry.objects.get().contact == Contact.objects.get(identities__value=PEOPLE[0])
    used = Message.objects.filter(direction="outbound", text__contains=f"/m/{point.slug}/")
    assert set(used.values_list("contact__identities__value", flat=True)) == set(PEOPLE[1:3])


@pytest.mark.parametrize(("first", "last", "state"), [("{}", "STOP", "withdrawn"), ("STOP", "{}", "granted")])
def test_the_last_word_of_a_person_counts(channel: Channel, first: str, last: str, state: str) -> None:
    code = f"#{code_of(make_point(channel))}"
    arrive(channel, [(PEOPLE[0], text.format(code), at) for at, text in enumerate((first, last))])
    assert Consent.objects.get().state == state
