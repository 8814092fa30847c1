"""The report of a way in equals a plain evaluation in Python."""

import random
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.models import Order
from wabolt.consent.models import ConsentEvent, Purpose
from wabolt.consent.services import ConsentStatement, grant, withdraw
from wabolt.contacts.models import Contact
from wabolt.contacts.services import merge_contacts, undo_merge
from wabolt.lib import clock
from wabolt.optin.models import Entry, EntryPoint, Placement
from wabolt.optin.reports import Result, Share, month_results, point_report
from wabolt.optin.services import add_placement
from wabolt.optin.tests.factories import make_point

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class Shop:
    """A shop with three ways in, and random people, entries, orders and permissions of the last 90 days."""

    def __init__(self, seed: int, size: int) -> None:
        self.draw = random.Random(seed)
        self.workspace = make_workspace(timezone="Asia/Makassar")
        channel = make_channel(self.workspace, phone=f"+62811{seed:08d}")
        self.points = [make_point(channel, name=name, kind="form") for name in ("Kasir", "Web", "Bio")]
        self.placements = [
            add_placement(workspace=self.workspace, point=point, branch=branch, medium="till", staff=staff)
            for point in self.points
            for branch, staff in (("Dago", "Rina"), ("Dago", "Sari"), ("Setiabudi", "Rina"))
        ]
        self.now = clock.now()
        self.entries: list[Entry] = []
        self.orders: list[Order] = []
        for number in range(size):
            self._person(number)
        Entry.objects.bulk_create(self.entries)
        Order.objects.bulk_create(self.orders)

    def moment(self) -> datetime:
        """A time of the last 90 days; sometimes midnight in the shop, as orders without a time have."""
        at = self.now - timedelta(seconds=self.draw.randint(0, 90 * 86400))
        if self.draw.random() < 0.3:
            local = at.astimezone(self.workspace.tz)
            at = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return at

    def _person(self, number: int) -> None:
        contact = Contact.objects.create(workspace=self.workspace)
        for point in self.draw.sample(self.points, self.draw.randint(0, 3)):
            placement = self.draw.choice([placement for placement in self.placements if placement.point_id == point.pk])
            self.entries.append(self._entry(placement, contact, f"A{number:03}{point.pk % 10000:04}"[:8]))
        for _time in range(self.draw.randint(0, 2)):
            placement = self.draw.choice(self.placements)
            self.entries.append(self._entry(placement, None, f"P{len(self.entries):07}"))
        for order in range(self.draw.randint(0, 4)):
            self.orders.append(
                Order(
                    workspace=self.workspace, contact=contact, number=f"{number}-{order}", ordered_at=self.moment(),
                    total=self.draw.randint(1, 900) * 1000, currency=self.draw.choice(["IDR", "IDR", "USD"]),
                    state=self.draw.choice(["completed", "completed", "cancelled"]),
                )
            )  # fmt: skip

    def _entry(self, placement: Placement, contact: Contact | None, code: str) -> Entry:
        at = self.moment()
        return Entry(
            workspace=self.workspace, point=placement.point, placement=placement, contact=contact, created_at=at,
            code=code if contact is None or self.draw.random() < 0.5 else None, marketing=True,
            marketing_wording=placement.point.marketing_wording,
            **({"state": "confirmed", "message_id": 1, "confirmed_at": at} if contact else {}),
        )  # fmt: skip

    def expected(self, since: datetime | None = None) -> dict[int, Result]:
        """By placement: people who joined since then, and orders since then of those whose last way in it was."""
        found: dict[int, Result] = defaultdict(Result)
        stored = list(Entry.objects.filter(workspace=self.workspace, state="confirmed").order_by("confirmed_at", "pk"))
        for entry in stored:
            if since is None or entry.confirmed_at >= since:
                found[entry.placement_id] += Result(joined=1)
        for order in Order.objects.filter(workspace=self.workspace, state="completed", currency="IDR"):
            local = order.ordered_at.astimezone(self.workspace.tz)
            is_day = (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
            placed = order.ordered_at + DAY - timedelta(microseconds=1) if is_day else order.ordered_at
            before = [
                entry for entry in stored if entry.contact_id == order.contact_id and entry.confirmed_at <= placed
            ]
            if before and (since is None or order.ordered_at >= since):
                found[before[-1].placement_id] += Result(orders=1, revenue=order.total)
        return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_results_equal_plain_python(seed: int) -> None:
    shop = Shop(seed, 60)
    Shop(seed + 10, 10)  # another shop
    expected = shop.expected()
    for point in shop.points:
        report = point_report(point)
        assert {placement.pk: result for placement, result in report.placements} == {
            placement.pk: expected.get(placement.pk, Result()) for placement in point.placements.all()
        }
        assert report.total == sum((result for _placement, result in report.placements), Result())
        staff: dict[str, Result] = defaultdict(Result)
        for placement, result in report.placements:
            staff[placement.staff] += result
        del staff[""]  # the first code of a way in has no member of staff
        assert dict(report.staff) == staff
        joined = [result.joined for _name, result in report.staff]
        assert joined == sorted(joined, reverse=True)


@pytest.mark.parametrize("seed", [4, 5])
def test_the_month_equals_plain_python(seed: int) -> None:
    shop = Shop(seed, 60)
    local = clock.now().astimezone(shop.workspace.tz)
    expected = shop.expected(local.replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    found = month_results(shop.workspace)
    for point in shop.points:
        placements = [expected.get(placement.pk, Result()) for placement in point.placements.all()]
        assert found.get(point.pk, Result()) == sum(placements, Result())


def test_days_are_days_of_the_shop() -> None:
    shop = Shop(6, 60)
    today = shop.now.astimezone(shop.workspace.tz).date()
    for point in shop.points:
        joined: Counter[date] = Counter(
            entry.confirmed_at.astimezone(shop.workspace.tz).date()
            for entry in Entry.objects.filter(point=point, state="confirmed")
        )
        days = point_report(point).days
        assert [day for day, _joined in days] == [today - DAY * back for back in range(29, -1, -1)]
        assert days == [(day, joined[day]) for day, _joined in days]


def test_the_confirmed_share_counts_submitted_forms() -> None:
    shop = Shop(7, 60)
    for point in shop.points:
        forms = [
            entry
            for entry in Entry.objects.filter(point=point)
            if entry.code is not None and entry.created_at >= shop.now - 30 * DAY
        ]
        confirmed = sum(entry.state == "confirmed" for entry in forms)
        assert point_report(point).confirmed == Share(confirmed, len(forms))


def test_kept_permissions() -> None:
    """The state 30 days after joining counts: a stop after that does not, a new yes before that does."""
    workspace = make_workspace()
    point = make_point(make_channel(workspace))
    joined_at = clock.now() - 60 * DAY
    courses: list[list[tuple[str, int]]] = [
        [("granted", 0)],
        [("granted", 0), ("withdrawn", 5)],
        [("granted", 0), ("withdrawn", 5), ("granted", 20)],
        [("granted", 0), ("withdrawn", 45)],
        [("granted", 0), ("withdrawn", 5), ("granted", 45)],
    ]
    people = [_joined(point, joined_at) for _course in courses]
    for day in sorted({day for course in courses for _action, day in course}):
        for contact, course in zip(people, courses, strict=True):
            for action in [action for action, on in course if on == day]:
                statement = ConsentStatement(Purpose.MARKETING, "entry_point", at=joined_at + day * DAY)
                change = grant if action == "granted" else withdraw
                change(workspace=workspace, contact_ids=[contact.pk], statement=statement)
    young = _joined(point, clock.now() - 3 * DAY)
    grant(workspace=workspace, contact_ids=[young.pk], statement=ConsentStatement(Purpose.MARKETING, "entry_point"))
    assert point_report(point).kept == Share(3, 5)


@pytest.mark.parametrize("seed", [8, 9])
def test_kept_permissions_equal_plain_python(seed: int) -> None:
    """Random courses of permissions of people who joined on random days. Each yes and stop comes at its time."""
    draw, workspace, now = random.Random(seed), make_workspace(), clock.now()
    point, other = make_point(make_channel(workspace)), make_point(make_channel(workspace, phone="+6281100000055"))
    joined: dict[int, datetime] = {}
    said: list[tuple[datetime, int, str]] = []
    for _number in range(40):
        at = now - timedelta(days=draw.randint(0, 100), minutes=draw.randint(0, 1000))
        contact = _joined(draw.choice([point, point, other]), at)
        if draw.random() < 0.2:  # took part without agreeing to promotions
            Entry.objects.filter(contact=contact).update(marketing=False)
        joined[contact.pk] = at
        said.append((at, contact.pk, "granted"))
        for _change in range(draw.randint(0, 4)):
            later = at + timedelta(days=draw.choice([1, 29, 30, 31, 60]), minutes=draw.randint(-30, 30))
            said.append((later, contact.pk, draw.choice(["granted", "withdrawn", "withdrawn"])))
    said = sorted(one for one in said if one[0] <= now)
    for at, contact_id, action in said:
        statement = ConsentStatement(Purpose.MARKETING, "entry_point", at=at)
        (grant if action == "granted" else withdraw)(workspace=workspace, contact_ids=[contact_id], statement=statement)
    recorded = list(ConsentEvent.objects.order_by("seq").values_list("contact_id", "at", "action"))
    whole = part = 0
    for entry in Entry.objects.filter(point=point, marketing=True, confirmed_at__lt=now - 30 * DAY):
        course = [
            action
            for contact_id, at, action in recorded
            if contact_id == entry.contact_id and at <= entry.confirmed_at + 30 * DAY
        ]
        whole += bool(course)
        part += bool(course) and course[-1] == "granted"
    assert whole > 5
    assert point_report(point).kept == Share(part, whole)


def _joined(point: EntryPoint, at: datetime) -> Contact:
    contact = Contact.objects.create(workspace=point.workspace)
    Entry.objects.create(
        workspace=point.workspace, point=point, placement=point.placements.order_by("pk")[0],
        contact=contact, state="confirmed",
        message_id=1, confirmed_at=at, created_at=at, marketing=True, marketing_wording=point.marketing_wording,
    )  # fmt: skip
    return contact


def test_two_contacts_of_one_person_join_once() -> None:
    """They joined with two numbers and were merged later. The undo of the merge makes them two again."""
    shop = make_workspace()
    point = make_point(make_channel(shop), kind="form")
    kept, absorbed = _joined(point, clock.now() - 40 * DAY), _joined(point, clock.now() - DAY)
    before = point_report(point)
    merge = merge_contacts(workspace=shop, keep_id=kept.pk, absorb_id=absorbed.pk, reason="member")
    report = point_report(point)
    assert (report.total.joined, sum(count for _day, count in report.days)) == (1, 0)
    assert sum(result.joined for result in month_results(shop).values()) <= 1
    undo_merge(workspace=shop, merge_id=merge.pk)
    assert point_report(point).total.joined == before.total.joined == 2


def test_the_page_and_the_list_show_rupiah() -> None:
    workspace: Workspace = make_workspace()
    point = make_point(make_channel(workspace), name="Kasir Dago")
    placement = add_placement(workspace=workspace, point=point, branch="Dago", medium="till", staff="Rina")
    contact = _joined(point, clock.now() - timedelta(minutes=1))
    Entry.objects.update(placement=placement)
    Order.objects.create(
        workspace=workspace, contact=contact, number="1", ordered_at=clock.now(), total=1_250_000, currency="IDR"
    )
    owner = signed_in(workspace)
    assert "Rp1.250.000" in owner.get(reverse("optin:list")).content.decode()
    shown = owner.get(reverse("optin:detail", args=[point.pk])).content.decode()
    assert "Rp1.250.000" in shown
    assert "1. Rina" in shown


def test_the_number_of_statements_does_not_grow() -> None:
    counts = []
    for size in (3, 30):
        shop = Shop(20 + size, size)
        with CaptureQueriesContext(connection) as found:
            point_report(EntryPoint.objects.select_related("workspace").get(pk=shop.points[0].pk))
        counts.append(len(found))
    assert counts[0] == counts[1] <= 6
