"""The law of consent: each permission that a way in records comes from the person's own message, which was written
after the person saw exactly the text that the ledger names.

A random story of a shop: its text changes, visitors open and send forms, people scan prints, answer offers and stop,
and messages arrive late. A plain model remembers what was shown to whom and when.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from wabolt.channels import registry
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.consent.models import ConsentEvent
from wabolt.consent.queries import consent_of, verify
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.lib.clock import HeldClock
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Message
from wabolt.messaging.services import process_raw_events
from wabolt.optin.models import EntryPoint, Offer
from wabolt.optin.services import PointDraft, offer_list, update_point
from wabolt.optin.tests.factories import code_of, make_point

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
TEXTS = [f"Teks {number}: promo toko tiap minggu, balas STOP untuk berhenti." for number in range(3)]
PEOPLE = [f"+62812000000{number:02}" for number in range(3)]
person = st.integers(0, len(PEOPLE) - 1)
code = st.integers(0, 30)
SAID = ["STOP", "YA", "halo kak", "tidak jadi", "batal #ABC123"]
MESSAGES = st.one_of(
    st.tuples(st.just("send"), person, code, st.integers(0, 300)),
    st.tuples(st.just("say"), person, st.sampled_from(SAID)),
)
"""A message: with a code that was shown, and how long ago it was written, or of other words."""
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("text"), st.integers(0, 2)),
        st.tuples(st.just("print")),
        st.tuples(st.just("open"), st.integers(0, 2)),
        st.tuples(st.just("submit"), st.integers(0, 2), st.booleans()),
        st.tuples(st.just("write"), st.lists(MESSAGES, min_size=1, max_size=4)),
        st.tuples(st.just("offer"), person),
        st.tuples(st.just("wait"), st.integers(1, 4000)),
    ),
    min_size=6,
    max_size=16,
)


class Story:
    """The shop, and what the model knows: `codes` is [(code, text, shown at)]; without a text nothing was agreed to."""

    def __init__(self, held: HeldClock, point: EntryPoint) -> None:
        self.held, self.channel, self.point = held, point.channel, point
        World._worlds.pop(self.channel.pk, None)
        self.codes: list[tuple[str, str | None, datetime]] = []
        self.opened: dict[int, tuple[str, str, datetime]] = {}
        self.messages = 0
        self.run_print()

    def run_text(self, number: int) -> None:
        draft = PointDraft(kind="form", name="Formulir", channel=self.channel, wording=TEXTS[number])
        self.point = update_point(workspace=self.channel.workspace, point_id=self.point.pk, draft=draft)

    def run_print(self) -> None:
        self.codes.append((code_of(self.point), self.point.marketing_wording.text, clock.now()))

    def run_open(self, visitor: int) -> None:
        html = Client().get(reverse("optin:join", args=[self.point.slug])).content.decode()
        [text] = [text for text in TEXTS if text in html]
        self.opened[visitor] = (html.partition('name="key" value="')[2].partition('"')[0], text, clock.now())
        self.held.move(seconds=3)

    def run_submit(self, visitor: int, ticks: bool) -> None:
        if visitor not in self.opened:
            return
        key, text, at = self.opened[visitor]
        # Without a box for service messages a form needs the box for promotions.
        given = {"key": key, **({"marketing": "on"} if ticks else {})}
        answer = Client().post(reverse("optin:join", args=[self.point.slug]), given)
        found = re.search(r"/m/[^/]+/([0-9A-Z]{8})/", answer.headers.get("Location", ""))
        if found:
            assert ticks
            self.codes = [one for one in self.codes if one[0] != found[1]]  # sent again after the back button
            self.codes.append((found[1], text, at))

    def run_write(self, messages: list[tuple[Any, ...]]) -> None:
        """Messages of several people arrive together."""
        for name, who, *values in messages:
            text, at = getattr(self, f"_{name}")(*values)
            self.messages += 1
            World.of(self.channel).tell_message(PEOPLE[who], text, f"law-{self.messages}", at=at)
            self.held.move(seconds=1)
        ScriptedProvider(self.channel).collect(1000)
        process_raw_events(self.channel)

    def _send(self, which: int, delay: int) -> tuple[str, datetime]:
        sent, _text, shown = self.codes[which % len(self.codes)]
        at = max(clock.now() - timedelta(minutes=delay), shown)  # a code is not known before it is shown
        return f"Halo kak, saya mau ikut #{sent}", at

    def _say(self, text: str) -> tuple[str, datetime]:
        return text, clock.now()

    def run_offer(self, who: int) -> None:
        contact = Contact.objects.filter(identities__value=PEOPLE[who]).first()
        if contact is not None:
            try:
                offer_list(workspace=self.channel.workspace, contact_id=contact.pk, point=self.point)
            except DomainError:
                return
            Message.objects.filter(state="queued").update(state="sent", sent_at=clock.now())

    def run_wait(self, minutes: int) -> None:
        self.held.move(minutes=minutes)

    def check(self) -> int:
        """Checks all permissions. Returns their number."""
        granted = ConsentEvent.objects.filter(workspace=self.channel.workspace, action="granted", source="entry_point")
        messages = Message.objects.filter(workspace=self.channel.workspace).in_bulk()
        for event in granted.select_related("wording"):
            message = messages[event.evidence["message"]]
            assert (message.contact_id, message.direction) == (event.contact_id, "inbound")
            assert event.wording is not None
            if "offer" in event.evidence:
                offer = Offer.objects.select_related("wording").get(pk=event.evidence["offer"])
                assert (offer.wording, offer.contact_id) == (event.wording, event.contact_id)
                assert message.created_at >= offer.offered_at
            else:
                assert event.evidence["code"] in message.text
                assert any(
                    event.wording.text == text and message.created_at >= shown
                    for known, text, shown in self.codes
                    if known == event.evidence["code"]
                )
        for who in PEOPLE:
            contact = Contact.objects.filter(identities__value=who).first()
            if contact is not None and consent_of(self.channel.workspace, contact.pk).state == "granted":
                assert granted.filter(contact=contact).exists()
        assert verify(self.channel.workspace).whole
        return granted.count()


@pytest.mark.django_db
def test_every_permission_has_a_message_after_the_text_was_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    permissions = 0
    with clock.hold(NOON):
        channel = make_channel()
        create_defaults(workspace=channel.workspace)
        made = make_point(channel, kind="form", wording=TEXTS[0])

    @settings(max_examples=16, deadline=None)
    @given(steps=STEPS)
    def run(steps: list[tuple[Any, ...]]) -> None:
        nonlocal permissions
        with clock.hold(NOON) as held, transaction.atomic():
            story = Story(held, EntryPoint.objects.get(pk=made.pk))
            for name, *values in steps:
                getattr(story, f"run_{name}")(*values)
            permissions += story.check()
            transaction.set_rollback(True)

    run()
    assert permissions > 5, "the stories grant something"
