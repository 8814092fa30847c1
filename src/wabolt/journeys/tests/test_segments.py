"""Segments by journey: SQL finds the same people as plain Python, and sentences are read back."""

import random

import pytest
from django.utils import translation

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Contact
from wabolt.journeys.models import Enrollment, Journey, JourneyStep
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.segments import phrases
from wabolt.segments.queries import catalogue, contact_ids
from wabolt.segments.rules import Condition, Not, parse
from wabolt.segments.rules.tree import Node

pytestmark = pytest.mark.django_db
JOURNEYS = ("Selamat datang", "Ulang tahun", "Keranjang")
FIELDS = ("in journey", "finished journey", "got step")
Facts = dict[str, set[str]]


def make_shop(seed: int) -> tuple[Workspace, dict[int, Facts]]:
    """A shop with 30 people, and for each the names that hold for each field."""
    draw = random.Random(seed)
    workspace = make_workspace()
    channel = make_channel(workspace, phone=f"+62812000{seed:05d}")
    journeys = {name: Journey.objects.create(workspace=workspace, name=name) for name in JOURNEYS}
    steps = {
        name: JourneyStep.objects.create(journey=journey, key="a", kind="send", title="Sapa")
        for name, journey in journeys.items()
    }
    known: dict[int, Facts] = {}
    for _number in range(30):
        contact = Contact.objects.create(workspace=workspace)
        facts: Facts = {field: set() for field in FIELDS}
        for name in draw.sample(JOURNEYS, draw.randint(0, 3)):
            state = draw.choice(Enrollment.State.values)
            Enrollment.objects.create(
                workspace=workspace, journey=journeys[name], contact=contact, state=state, step=steps[name]
            )
            facts["in journey"] |= {name} if state in {"active", "parked"} else set()
            facts["finished journey"] |= {name} if state == "finished" else set()
            sent = draw.choice(["queued", "sent", "delivered", "read", "suppressed", "failed"])
            Message.objects.create(
                workspace=workspace, channel=channel, contact=contact, direction="out", state=sent, text="Halo",
                origin_kind="journey", origin_id=steps[name].pk, sent_at=clock.now(),
            )  # fmt: skip
            facts["got step"] |= {f"{name}: Sapa"} if sent in {"sent", "delivered", "read"} else set()
        known[contact.pk] = facts
    return workspace, known


def expected(condition: Condition, known: dict[int, Facts]) -> set[int]:
    """The people for whom the condition holds, by plain Python."""
    value = condition.value
    wanted = {word.lower() for word in ((value,) if isinstance(value, str) else value or ())}
    own = {pk: {name.lower() for name in facts[condition.field]} for pk, facts in known.items()}
    return {pk for pk, names in own.items() if (bool(names & wanted) if wanted else not names)}


@pytest.mark.parametrize("seed", [1, 2])
def test_sql_and_python_find_the_same_people(seed: int) -> None:
    workspace, known = make_shop(seed)
    words = catalogue(workspace)
    for field in FIELDS:
        names = JOURNEYS if field != "got step" else tuple(f"{name}: Sapa" for name in JOURNEYS)
        conditions = [
            *(Condition(field, "", name.upper()) for name in names),
            Condition(field, "in", names[:2]),
            Condition(field, "", "Tidak Ada"),
            Condition(field, "is empty"),
        ]
        for condition in conditions:
            found = expected(condition, known)
            trees: list[tuple[Node, set[int]]] = [(condition, found), (Not(condition), set(known) - found)]
            for tree, people in trees:
                assert contact_ids(workspace, tree, known=words) == people, tree


@pytest.mark.parametrize("language", ["id", "en"])
def test_sentences_are_read_back(language: str) -> None:
    workspace, _known = make_shop(3)
    words = catalogue(workspace)
    for field in FIELDS:
        for tree in (Condition(field, "", "Ulang tahun"), Condition(field, "is empty")):
            for node in (tree, Not(tree)):
                with translation.override(language):
                    said = phrases.describe(node, words, "IDR")
                assert parse(said, words, language) == node, said
