"""Segments by way in and branch: SQL finds the same people as plain Python, and sentences are read back."""

import random

import pytest
from django.db import connection
from django.utils import translation

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.optin.models import Entry, EntryPoint, Placement
from wabolt.optin.services import add_placement
from wabolt.optin.tests.factories import make_point
from wabolt.segments import phrases
from wabolt.segments.queries import catalogue, compile_segment, contact_ids
from wabolt.segments.rules import Condition, Not, parse
from wabolt.segments.rules.tree import Node

pytestmark = pytest.mark.django_db
POINTS, BRANCHES = ("Kasir Dago", "Formulir Web", "Link bio"), ("Dago", "Setiabudi", "")


def join(contact: Contact, placement: Placement) -> Entry:
    """Stores a confirmed entry."""
    return Entry.objects.create(
        workspace=placement.workspace, point=placement.point, placement=placement, contact=contact,
        state="confirmed", message_id=1,
        confirmed_at=clock.now(), marketing=True, marketing_wording=placement.point.marketing_wording,
    )  # fmt: skip


def make_shop(seed: int) -> tuple[Workspace, dict[int, list[tuple[str, str]]]]:
    """A shop with 30 people, and for each the ways in and branches that they joined through."""
    draw = random.Random(seed)
    workspace = make_workspace()
    channel = make_channel(workspace, phone=f"+62811000{seed:05d}")
    placements = {
        (name, branch): add_placement(workspace=workspace, point=point, branch=branch, medium="till")
        for name in POINTS
        for point in [make_point(channel, name=name)]
        for branch in BRANCHES
    }
    joined: dict[int, list[tuple[str, str]]] = {}
    for _number in range(30):
        contact = Contact.objects.create(workspace=workspace)
        names = draw.sample(POINTS, draw.randint(0, 3))
        joined[contact.pk] = [(name, draw.choice(BRANCHES)) for name in names]
        for key in joined[contact.pk]:
            join(contact, placements[key])
    form = EntryPoint.objects.filter(workspace=workspace)[0]
    pending = {"code": "2345678", "marketing_wording": form.marketing_wording}  # a form without a message has no person
    Entry.objects.create(workspace=workspace, point=form, placement=form.placements.all()[0], **pending)
    return workspace, joined


def holds(condition: Condition, joined: list[tuple[str, str]]) -> bool:
    own = {(name if condition.field == "joined by" else branch).lower() for name, branch in joined} - {""}
    match condition.op:
        case "is empty":
            return not own
        case "is not empty":
            return bool(own)
    words = condition.value if isinstance(condition.value, tuple) else (str(condition.value),)
    return bool(own & {word.lower() for word in words})


CONDITIONS = [
    Condition(field, op, value)
    for field, words in (("joined by", POINTS), ("joined at branch", BRANCHES[:2]))
    for op, value in (
        ("", words[0]),
        ("", words[1].upper()),
        ("", "tidak ada di sini"),
        ("in", (words[0], words[1])),
        ("in", ("tidak ada", words[1])),
        ("is empty", None),
        ("is not empty", None),
    )
]


def test_sql_finds_whom_plain_python_finds() -> None:
    workspace, joined = make_shop(1)
    make_shop(2)  # another shop with the same names
    for condition in CONDITIONS:
        for tree in (condition, Not(condition)):
            expected = {
                pk for pk, placements in joined.items() if holds(condition, placements) != isinstance(tree, Not)
            }
            assert contact_ids(workspace, tree) == expected, tree


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
def test_a_printed_sentence_is_read_back(condition: Condition, language: str) -> None:
    known = catalogue(make_workspace())
    trees: tuple[Node, ...] = (condition, Not(condition))
    for tree in trees:
        with translation.override(language):
            text = phrases.describe(tree, known, "IDR")
        assert {*_meaning(parse(text, known, language))} == {*_meaning(tree)}, text


def _meaning(tree: Node) -> tuple[Node, bool]:
    """A condition and whether it is negated; "is not empty" is the negation of "is empty"."""
    if isinstance(tree, Not):
        condition, negated = _meaning(tree.child)
        return condition, not negated
    assert isinstance(tree, Condition)
    if tree.op == "is not empty":
        return Condition(tree.field, "is empty"), True
    return tree, False


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ('bergabung lewat "Kasir Dago"', "joined by", "Kasir Dago"),
        ("bergabung lewat Kasir Dago", "joined by", "Kasir Dago"),
        ('joined by "Kasir Dago"', "joined by", "Kasir Dago"),
        ("bergabung di cabang Dago", "joined at branch", "Dago"),
        ("joined at the branch Dago", "joined at branch", "Dago"),
    ],
)
def test_typed_sentences(text: str, field: str, value: str) -> None:
    assert parse(text, catalogue(make_workspace()), "id") == Condition(field, "", value)


def test_the_statement_begins_at_the_entries() -> None:
    """It reads the people who joined there, not all contacts."""
    workspace, _joined = make_shop(3)
    found = compile_segment(workspace, Condition("joined by", "", "Kasir Dago"), clock.now())
    assert "FROM optin_entry oe" in found.sql
    with connection.cursor() as cursor:
        cursor.execute(found.sql, found.params)
        assert cursor.fetchall()
