import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts.models import Contact, Field, Tag
from wabolt.lib.formats import decimals_of
from wabolt.lib.segmentation import registry
from wabolt.segments.queries import (
    BrokenSegment,
    catalogue,
    compile_segment,
    contact_ids,
    count_contacts,
    preview,
    sample_contacts,
)
from wabolt.segments.queries.compiler import Compiled, compile_each
from wabolt.segments.rules import EVERYONE, Condition, Node, Not, parse

from . import strategies
from .evaluator import Evaluator
from .population import BROADCASTS, NOW, WORDS, people, store

pytestmark = pytest.mark.django_db

DAYS = st.sampled_from([0, 1, 2, 7, 8, 30, 364, 365, 366, 400])
DATES = st.sampled_from([dt.date(2027, 2, 28) - dt.timedelta(days=days) for days in (0, 1, 2, 7, 8, 400, -1, -7)])
WHOLES = st.sampled_from([0, 1, 2, 3, 5, 12, 19, 20, 23, 24, 27, 50_000, 150_000, 200_000])
TEXTS = st.sampled_from([*WORDS, "lebaran", "Harbolnas", "kemeja batik", "sepatu", "reseller"])
RUPIAH = st.sampled_from([0, 1, 50_000, 150_000, 200_000])
CENTS = st.sampled_from([0, Decimal("0.01"), 500, Decimal("1500.5"), 1500, 2000, Decimal("1999.99")])


class KnownBroadcasts:
    key = "broadcast"
    strict = True

    def resolve(self, workspace: Workspace, words: Sequence[str]) -> dict[str, list[int]]:
        return {word.lower(): BROADCASTS[word.lower()] for word in words if word.lower() in BROADCASTS}

    def suggest(self, workspace: Workspace, limit: int) -> list[str]:
        return list(BROADCASTS)


@pytest.fixture(autouse=True)
def _known_broadcasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_lookups", dict(registry._lookups))
    registry.register_lookup(KnownBroadcasts())


@each(("seed", "timezone", "currency"), [(1, "Asia/Jakarta", "IDR"), (2, "America/New_York", "USD")], undone=True)
def test_sql_and_plain_python_find_the_same_people(seed: int, timezone: str, currency: str) -> None:
    workspace = make_workspace(timezone=timezone, currency=currency)
    decimals = decimals_of(currency)
    # test_references has the laws of conditions about other segments.
    specs = tuple(spec for spec in strategies.CATALOGUE if spec.leaf is not None)
    leaves = strategies.conditions(TEXTS, DAYS, DATES, WHOLES, CENTS if decimals else RUPIAH, specs)
    population = people(seed, 40)
    ids = store(workspace, population)
    store(make_workspace("Sebelah", timezone=timezone), people(seed + 2, 10))  # who got broadcasts of the same numbers
    Contact.objects.filter(pk__in=ids[:5]).update(erased_at=NOW)  # and left traces in every table
    kept = list(zip(ids, population, strict=True))[5:]
    evaluator = Evaluator(NOW, workspace.tz, BROADCASTS, decimals)
    known = catalogue(workspace)

    def expect(trees: list[Node]) -> None:
        """One statement finds the people of all trees."""
        each = [found for found in compile_each(workspace, trees, NOW, known=known) if isinstance(found, Compiled)]
        assert len(each) == len(trees)
        parts, params = [], []
        for number, one in enumerate(each):
            for first_few in (False, True):
                found = one.select(first_few=first_few)
                parts.append(f"SELECT {number}, {first_few}, found.id FROM ({found.sql}) found")
                params += found.params
        people = defaultdict(list)
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), params)
            for number, first_few, pk in cursor.fetchall():
                people[number, first_few].append(pk)
        for number, tree in enumerate(trees):
            expected = sorted(pk for pk, person in kept if evaluator.holds(tree, person))
            assert sorted(people[number, False]) == sorted(people[number, True]) == expected, tree

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(leaves, min_size=15, max_size=15))
    def each_condition(several: list[Condition]) -> None:
        expect([*several, *map(Not, several)])

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(strategies.trees(leaves, size=10), min_size=10, max_size=10))
    def each_tree(trees: list[Node]) -> None:
        expect(trees)

    each_condition()
    each_tree()


def person(workspace: Workspace, **fields: object) -> Contact:
    return Contact.objects.create(workspace=workspace, **fields)


def ids_of(workspace: Workspace, text: str, now: dt.datetime = NOW) -> set[int]:
    return contact_ids(workspace, parse(text, catalogue(workspace)), now=now)


def test_compile_never_finds_another_workspace() -> None:
    here, there = make_workspace(), make_workspace("Sebelah")
    store(there, people(3, 15))
    Field.objects.create(workspace=here, key="hobby", label="Hobi", kind="text")
    own = person(here, city="Bandung")
    assert ids_of(here, "everyone") == {own.pk}
    assert ids_of(here, 'tag "VIP" or bought product "BTK-01" or bought category "batik" within 400 days') == set()
    assert ids_of(here, "received broadcast 1 or clicked any broadcast or consent marketing granted") == set()
    assert ids_of(here, "not orders > 0 and consent marketing none and not tag is not empty") == {own.pk}


def test_compile_leaves_out_the_erased() -> None:
    workspace = make_workspace()
    person(workspace, erased_at=NOW)
    assert ids_of(workspace, 'everyone or not city = "Bandung"') == set()


@each(
    ("text", "start", "looks_at_contacts"),
    [
        ("consent marketing granted", "consent_consent cm", False),
        ("consent marketing granted and last order over 90 days ago", "consent_consent cm", False),
        ('spent >= 1000000 or tag "VIP"', "(SELECT c.id FROM commerce_purchasefacts p", False),
        ('tag "VIP" and not orders >= 4', "(SELECT DISTINCT id FROM (SELECT ct.contact_id AS id", False),
        ('consent marketing granted and (tag "VIP" or city = "Bandung")', "contacts_contact c", True),
        ("consent marketing none", "contacts_contact c", True),
        ("orders = 0", "contacts_contact c", True),
        ("not (everyone)", "contacts_contact c", True),
    ],
    undone=True,
)
def test_compile_starts_from_the_most_selective_table(text: str, start: str, looks_at_contacts: bool) -> None:
    workspace = make_workspace()
    Tag.objects.create(workspace=workspace, name="VIP")
    tree = parse(text, catalogue(workspace))
    found = compile_segment(workspace, tree, NOW)
    assert found.sql.startswith(f"SELECT c.id FROM {start}")
    assert ("contacts_contact c " in found.sql) is looks_at_contacts
    assert compile_segment(workspace, tree, NOW, first_few=True).sql.startswith("SELECT c.id FROM contacts_contact c")


def test_compile_binds_every_value() -> None:
    workspace = make_workspace()
    person(workspace)
    Field.objects.create(workspace=workspace, key="hobby", label="Hobi", kind="text")
    evil = "x' OR 1=1; DROP TABLE contacts_contact; -- %s %(a)s"
    text = f'name = "{evil}" or field.hobby contains "{evil}" or tag "{evil}" or city in ("{evil}") or email = "{evil}"'
    found = compile_segment(workspace, parse(text, catalogue(workspace)), NOW)
    assert "DROP" not in found.sql
    assert found.sql.count("%") == found.sql.count("%s") == len(found.params)
    assert ids_of(workspace, text) == set()


@each(
    ("stored", "written"),
    [
        ("Yogyakarta", 'kota = "jogja"'),
        ("Yogyakarta", 'kota = "YOGYA"'),
        ("Yogyakarta", 'kota = "di yogyakarta"'),
        ("Yogyakarta", 'city in ("sby", "jogjakarta")'),
        ("Yogyakarta", 'city contains "jogja"'),
        ("Jakarta", 'kota = "jkt"'),
        ("Jakarta", 'kota = "DKI Jakarta"'),
        ("Bandung", 'city starts with "bdg"'),
        ("Surabaya", 'city != "jogja" and not city = "bdg"'),
        ("jogja", 'kota = "jogja"'),
    ],
    undone=True,
)
def test_alias_of_a_city_finds_the_city(stored: str, written: str) -> None:
    workspace = make_workspace()
    mine = person(workspace, city=stored)
    person(workspace, city="Medan")
    assert mine.pk in ids_of(workspace, written)
    found = ids_of(workspace, written)
    assert len(found) == (2 if "!=" in written else 1)


def test_compile_named_gives_the_same_people() -> None:
    workspace = make_workspace()
    person(workspace, city="Bandung")
    tree = parse('city = "bandung" and orders < 3 and not name starts with "x"', catalogue(workspace))
    sql, params = compile_segment(workspace, tree, NOW).named("seg_")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) s WHERE %(more)s", {**params, "more": True})
        assert cursor.fetchone() == (1,)


def test_compile_refuses_a_field_that_was_archived() -> None:
    workspace = make_workspace()
    field = Field.objects.create(workspace=workspace, key="size", label="Ukuran", kind="choice", choices=["S"])
    tree = parse('field.size = "S"', catalogue(workspace))
    field.archived_at = NOW
    field.save()
    with pytest.raises(BrokenSegment) as caught:
        count_contacts(workspace, tree)
    assert caught.value.params["found"] == "field.size"


def test_compile_survives_stored_values_of_another_kind() -> None:
    workspace = make_workspace()
    Field.objects.create(workspace=workspace, key="points", label="Poin", kind="number")
    Field.objects.create(workspace=workspace, key="renewal", label="Perpanjang", kind="date")
    for junk in ("abc", True, [], [7], {}, None, ""):
        person(workspace, fields={"points": junk, "renewal": junk})
    assert (
        ids_of(workspace, "field.points >= 0 or field.renewal after 1990-01-01 or field.renewal over 1 days ago")
        == set()
    )
    few = person(workspace, fields={"points": -2.5})
    assert ids_of(workspace, "field.points < 1000000 and field.points != 3 and not field.points > 0") == {few.pk}


LEAP_DAYS = [
    ("2027-02-27", "birthday within 0 days", False),
    ("2027-02-28", "birthday within 0 days", True),  # a common year keeps 29 February on the 28th
    ("2027-03-01", "birthday within 0 days", False),
    ("2028-02-28", "birthday within 0 days", False),
    ("2028-02-29", "birthday within 0 days", True),
    ("2027-12-30", "birthday within 60 days", False),
    ("2027-12-30", "birthday within 61 days", True),
    ("2027-02-27", "age = 26", True),
    ("2027-02-28", "age = 27", True),
    ("2028-02-28", "age = 27", True),
    ("2028-02-29", "age = 28", True),
]


def test_leap_day_birthday() -> None:
    workspace = make_workspace()
    person(workspace, birth_date=dt.date(2000, 2, 29))
    for today, text, holds in LEAP_DAYS:
        noon = dt.datetime.fromisoformat(today).replace(hour=5, tzinfo=dt.UTC)
        assert bool(ids_of(workspace, text, noon)) is holds, (today, text)


def test_days_are_whole_and_local() -> None:
    workspace = make_workspace(timezone="Asia/Jayapura")
    now = dt.datetime(2026, 11, 22, 14, 59, tzinfo=dt.UTC)  # 23.59 in Jayapura
    contact = person(workspace, last_inbound_at=dt.datetime(2026, 11, 20, 15, 0, tzinfo=dt.UTC))  # 00.00 on the 21st
    assert ids_of(workspace, "last reply within 1 days", now) == {contact.pk}
    assert ids_of(workspace, "last reply within 0 days", now) == set()
    assert ids_of(workspace, "last reply over 0 days ago and last reply on 2026-11-21", now) == {contact.pk}


def test_sample_is_newest_first_and_limited() -> None:
    workspace = make_workspace()
    contacts = [person(workspace, name=f"K{number}") for number in range(12)]
    sample = sample_contacts(workspace, EVERYONE)
    assert [contact.pk for contact in sample] == [contact.pk for contact in reversed(contacts)][:10]
    assert count_contacts(workspace, EVERYONE) == 12


def test_compile_needs_few_queries(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    workspace = make_workspace()
    text = (
        'city = "a" and city != "b" and tag "a" and tag in ("b", "c") and bought product "d" and bought product "e" '
        'and bought category "f" and received broadcast "g" and read broadcast "h"'
    )
    tree = parse(text, catalogue(workspace))
    # fields, tags, cities, products, categories
    with django_assert_max_num_queries(5):
        compile_segment(workspace, tree, NOW)


def test_preview_counts_contacts_with_permission() -> None:
    workspace = make_workspace()
    population = people(5, 30)
    ids = store(workspace, population)
    known = catalogue(workspace)
    agreed = {pk for pk, it in zip(ids, population, strict=True) if it["consent"].get("marketing") == "granted"}
    for text in ("consent marketing granted", 'consent marketing granted and not tag "VIP"', 'tag "VIP" or orders = 0',
                 "everyone"):  # fmt: skip
        tree = parse(text, known)
        members = contact_ids(workspace, tree, known=known)
        found = preview(workspace, tree, known, patience=8.0)
        assert (found.count, found.permitted, found.total) == (len(members), len(members & agreed), len(ids)), text
