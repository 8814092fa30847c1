"""Loading the demo shop from the first rows of its data."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import F, Max, OuterRef, Q, Subquery

from wabolt.accounts.models import AuditEntry, User, Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.analytics.queries import content_mix, first_steps, monthly_mix, report, revenue_of
from wabolt.analytics.services import touch_all
from wabolt.autoreply.models import ChatFormRun, UnansweredMessage
from wabolt.broadcasts.models import Broadcast
from wabolt.channels.models import Channel, PlayedPhone, SimulatedEvent
from wabolt.channels.registry import PROVIDERS
from wabolt.channels.services import create_channel, write_as_customer
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.models import Cart, Order
from wabolt.commerce.queries import cart_counts
from wabolt.consent.models import ConsentEvent
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.services import correct_tallies
from wabolt.demo import shop
from wabolt.demo.history import run_until_idle, scripted
from wabolt.demo.services import AGE_OF_DATA, load_demo
from wabolt.demo.tests.few import NUMBERS, write_few
from wabolt.imports.models import Import
from wabolt.journeys.models import Enrollment, Journey, StepRun
from wabolt.journeys.queries import is_balanced
from wabolt.journeys.queries.pages import step_figures
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Click, Message
from wabolt.optin.events.queries import counts as event_counts
from wabolt.optin.gifts import gifts_of
from wabolt.optin.giveaways.queries import figures, is_over
from wabolt.optin.models import Entry, EntryPoint, Giveaway, Score, ShopEvent
from wabolt.segments.models import Segment


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_few(folder)
    return folder


def _quiet(_done: int, _total: int) -> None:
    pass


@pytest.fixture
def few_newcomers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NUMBERS.items():
        monkeypatch.setattr(shop, name, value)


class BrokenOffError(Exception):
    pass


def _break_off(done: int, total: int) -> None:
    """After the import of the contacts, with their permissions."""
    if done >= 0.35 * total:
        raise BrokenOffError


def _journeys_are_there(workspace: Workspace, begun: datetime) -> None:
    """Six journeys are live, with a history that adds up. When the load began, no person was overdue. Each sent
    step has a message."""
    made = {journey.recipe: journey for journey in Journey.objects.all()}
    assert set(made) == {"welcome", "birthday", "cart", "win_back", "after_purchase", "newsletter"}
    assert all(journey.state == "active" and is_balanced(journey) for journey in made.values())
    names = ("sent", "read", "clicked", "replied", "orders", "revenue")
    totals = {
        recipe: {name: sum(getattr(one, name) for one in step_figures(workspace, journey).values()) for name in names}
        for recipe, journey in made.items()
    }
    assert all(one["sent"] and one["read"] for one in totals.values()), totals
    assert all(sum(one[name] for one in totals.values()) for name in names), totals
    assert totals["cart"]["revenue"], "reminders have recovered carts"
    oldest = Enrollment.objects.earliest("entered_at").entered_at
    assert oldest < clock.now() - timedelta(days=60), "months of history"
    assert not Enrollment.objects.filter(state="active", due_at__lt=begun).exists()
    sent = Message.objects.filter(origin_kind="journey")
    assert not sent.exclude(state__in=["sent", "delivered", "read"]).exists()
    assert sent.count() == StepRun.objects.filter(outcome="sent").count(), "planned = sent, as nothing else happened"
    assert not sent.filter(text__contains="{{").exists()
    mixes = [content_mix(workspace, clock.now()), *monthly_mix(workspace, clock.now())]
    shares = [round(mix.share, 2) for mix in mixes if mix.messages > 20]
    assert max(shares) <= 0.5, f"most messages are useful ones: {shares}"
    _history_is_possible()
    ways_in = [point for point in EntryPoint.objects.all() if point.is_open(clock.now())]
    assert all(len(gifts) < 2 for gifts in gifts_of(workspace, ways_in).values()), "one voucher for one customer"


def _history_is_possible() -> None:
    """No promotion without permission at that time, no reaction before its cause, and nothing from the future."""
    now = clock.now()
    promotions = Message.objects.filter(direction="outbound", purpose="marketing", attempted_at__isnull=False)
    ledger = ConsentEvent.objects.filter(
        contact=OuterRef("contact"), purpose="marketing", at__lte=OuterRef("attempted_at")
    )
    last = Subquery(ledger.order_by("-at", "-pk").values("action")[:1])
    assert not promotions.exclude(pk__in=promotions.alias(last=last).filter(last="granted").values("pk")).exists()
    for name in ("created_at", "attempted_at", "sent_at", "delivered_at", "read_at"):
        assert not Message.objects.filter(**{f"{name}__gt": now}).exists(), name
    assert not Message.objects.filter(delivered_at__lt=F("sent_at")).exists()
    assert not Message.objects.filter(read_at__lt=F("sent_at")).exists()
    assert not Message.objects.filter(created_at__lt=F("in_reply_to__sent_at")).exists()
    assert not Click.objects.filter(Q(at__gt=now) | Q(at__lt=F("message__sent_at"))).exists()
    assert not Event.objects.filter(time__gt=now).exists()
    assert not Enrollment.objects.filter(Q(entered_at__gt=now) | Q(ended_at__gt=now)).exists()
    assert not Enrollment.objects.filter(ended_at__lt=F("entered_at")).exists()
    assert not StepRun.objects.filter(at__lt=F("enrollment__entered_at")).exists()
    assert not StepRun.objects.filter(at__gt=F("enrollment__ended_at")).exists()


@pytest.mark.django_db(transaction=True)
def test_demo_is_a_whole_shop_loaded_once(small: Path, few_newcomers: None) -> None:
    with pytest.raises(BrokenOffError):
        load_demo(progress=_break_off, data=small)
    halves = Workspace.objects.get().pk
    assert ConsentEvent.objects.exists()
    assert not Order.objects.exists()
    begun, steps = clock.now(), list[tuple[int, int]]()
    owner = load_demo(progress=lambda done, total: steps.append((done, total)), data=small)

    workspace = Workspace.objects.get()
    assert workspace.pk != halves, "what broke off is thrown away"
    assert workspace.is_demo
    assert owner.email == shop.OWNER_EMAIL
    bought = Import.objects.get(kind="orders")
    assert (bought.rejected, bought.created) == (0, bought.rows_total), "every order of the file is there"
    recent = Order.objects.filter(source=f"import:{bought.pk}").aggregate(at=Max("ordered_at"))["at"]
    assert recent >= clock.now() - AGE_OF_DATA - timedelta(days=1), "and the last of them is some days old"
    assert {name for name, _, _ in shop.SEGMENTS} == set(Segment.objects.values_list("name", flat=True))
    assert len(shop.SEGMENTS) == 5
    assert first_steps(workspace).complete
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1][0] == steps[-1][1]

    assert set(EntryPoint.objects.values_list("kind", flat=True)) == {"qr", "form", "link", "giveaway", "event"}
    joined = Entry.objects.filter(state="confirmed", newly_granted=True)
    assert joined.exclude(point__kind__in=["giveaway", "event"]).count() == 6
    _giveaways_are_there()
    _classes_are_there()
    _chats_are_there()
    _carts_are_there(workspace)
    _journeys_are_there(workspace, begun)
    _broadcasts_are_there(workspace)

    # a second start keeps the visitor's changes
    Segment.objects.first().delete()  # type: ignore[union-attr]
    people = Contact.objects.count()
    again = load_demo(progress=_quiet, data=small)
    assert again == owner
    assert (Workspace.objects.get().pk, Contact.objects.count()) == (workspace.pk, people)
    assert Segment.objects.count() == 4

    for provider in set(PROVIDERS) - {"simulator"}:
        with pytest.raises(DomainError):
            create_channel(workspace=workspace, provider=provider, name="Sungguhan", phone="+6281200000000")
    assert set(Channel.objects.values_list("provider", flat=True)) == {"simulator"}


def _broadcasts_are_there(workspace: Workspace) -> None:
    finished, running = Broadcast.objects.order_by("id")
    assert (finished.state, running.state) == ("completed", "running")
    assert finished.segment is not None
    sent = Message.objects.filter(origin_kind="broadcast", origin_id=finished.pk)
    assert sent.count() > 20
    assert not sent.filter(state__in=["queued", "sending"]).exists()
    assert finished.started_at is not None
    took = max(attempt for attempt in sent.values_list("attempted_at", flat=True) if attempt) - finished.started_at
    assert took.total_seconds() < 3600, "it went out on the day it was started"
    assert finished.finished_at is not None
    assert finished.finished_at < clock.now() - (clock.now() - finished.started_at) / 2
    assert report(finished).read > 0
    assert correct_tallies() == 0, "the kept sums followed every statement of the load"
    earned = revenue_of(workspace.pk, "broadcast", [finished.pk])
    touch_all()
    assert revenue_of(workspace.pk, "broadcast", [finished.pk]) == earned, "and so did the attribution"


def _giveaways_are_there() -> None:
    ended, contest = Giveaway.objects.order_by("pk")
    assert (figures(ended).people, figures(ended).vouchers, is_over(ended)) == (4, 4, True)
    assert figures(ended).redeemed >= 1, "simulated customers may use more of them"
    assert Entry.objects.filter(point=ended.pk, newly_granted=True).count() == 2, "those who said yes afterwards"
    waiting = SimulatedEvent.objects.filter(payload__text__startswith="#LOMBABATIK").count()
    assert figures(contest).entries + waiting == 4, "one that is due before the load ends is taken in"
    assert figures(contest).entries >= 2
    assert not is_over(contest)
    assert Score.objects.filter(entrant__giveaway=contest).count() == 2


def _chats_are_there() -> None:
    """Seven conversations: rules answered, the birthday club was joined, and one question has no rule yet."""
    run = ChatFormRun.objects.get(contact__identities__value__startswith="+62895330")
    assert (run.state, run.answers) == ("finished", {"q1": "1995-08-17", "q2": "Bandung", "q3": "female"})
    customers = Contact.objects.filter(identities__value__startswith="+62895330")
    assert Message.objects.filter(origin_kind="auto_reply", contact__in=customers).count() == 7
    unanswered = UnansweredMessage.objects.filter(contact__in=customers)
    assert [row.message.text for row in unanswered] == ["bisa bungkus kado gak kak"]
    first = Message.objects.filter(origin_kind="auto_reply").earliest("created_at")
    assert first.created_at < clock.now() - timedelta(days=35)
    own = Message.objects.filter(origin_kind__in=["auto_reply", "chat_form"], contact__in=customers)
    assert not own.filter(state="queued").exists()


def _carts_are_there(workspace: Workspace) -> None:
    counts = cart_counts(workspace)
    assert {"abandoned", "recovered", "ordered"} <= counts.keys()
    assert 0.15 < (counts["abandoned"] + counts["recovered"]) / counts.total() < 0.8
    oldest = Cart.objects.filter(workspace=workspace).earliest("created_at")
    assert oldest.created_at < clock.now() - timedelta(days=60), "months of history"
    left = Event.objects.filter(workspace=workspace, kind="cart_abandoned")
    assert not left.filter(time__gt=clock.now()).exists()
    assert set(left.values_list("data__cart", flat=True)) >= set(
        Cart.objects.filter(workspace=workspace, state="recovered").values_list("pk", flat=True)
    )


def _classes_are_there() -> None:
    past, coming = ShopEvent.objects.order_by("starts_at")
    assert (event_counts(past).present, event_counts(past).missed, event_counts(past).cancelled) == (3, 1, 1)
    assert (event_counts(coming).registered, event_counts(coming).waiting) == (4, 1)
    reminded = Message.objects.filter(
        origin_kind="event", origin_id=past.point_id, text__startswith="Sampai jumpa besok"
    )
    assert reminded.count() == 4
    assert Entry.objects.filter(point=past.point_id, newly_granted=True).exists()


@pytest.mark.django_db
def test_a_scripted_phone_does_only_what_the_story_says() -> None:
    """By chance it would answer the welcome with STOP."""
    channel = make_channel(options={"rates": {"read": 1, "stopped": 1}})
    create_defaults(workspace=channel.workspace)
    for phone, acts in (("+6281200000001", False), ("+6281200000002", True)):
        with scripted(channel, *([] if acts else [phone])):
            write_as_customer(channel=channel, phone=phone, text="JOIN")
            run_until_idle(channel)
            run_until_idle(channel)
        planned = SimulatedEvent.objects.filter(payload__phone=phone).values_list("kind", flat=True)
        assert ("message" in planned) is acts
    assert not PlayedPhone.objects.exists(), "afterwards it acts by itself"


@pytest.mark.django_db
def test_demo_refuses_a_database_with_a_real_shop(small: Path) -> None:
    owner = make_member(make_workspace("Toko sungguhan"))
    with pytest.raises(DomainError) as refused:
        load_demo(progress=_quiet, data=small)
    assert refused.value.code == "real_shop"
    assert list(User.objects.all()) == [owner]


@pytest.mark.django_db
def test_incomplete_demo_next_to_a_real_shop_deletes_nothing(small: Path) -> None:
    """A shop was set up in the folder of an incomplete demo."""
    User.objects.create_user(shop.OWNER_EMAIL, name=shop.OWNER_NAME)
    make_workspace("Gaya Nusantara", is_demo=True)
    make_member(make_workspace("Toko sungguhan"))
    with pytest.raises(DomainError):
        load_demo(progress=_quiet, data=small)
    assert Workspace.objects.count() == 2
    assert User.objects.count() == 2


@pytest.mark.django_db
def test_demo_never_deletes_users_without_a_shop(small: Path) -> None:
    User.objects.create_user(shop.OWNER_EMAIL, name=shop.OWNER_NAME)
    User.objects.create_user("orang@example.com", name="Orang lain")
    with pytest.raises(DomainError):
        load_demo(progress=_quiet, data=small)
    assert User.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_nothing_may_be_truncated_after_a_refusal() -> None:
    """The append-only tables are protected again after the load."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)
    assert not AuditEntry.objects.exists()
