"""Announcing and delivering: no alert is lost, resolved ones are not announced, and members get what they chose."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection

from wabolt.accounts.models import Membership, User, Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.alerts import rules, services
from wabolt.alerts.models import Alert, Delivery, QuietHours
from wabolt.alerts.registry import Result, channels, kinds, register_channel
from wabolt.alerts.services.delivering import LETTERS
from wabolt.alerts.tasks import deliver
from wabolt.alerts.tests.factories import KIND, Postbox, battery, registered
from wabolt.lib import clock
from wabolt.lib.clock import HeldClock

NOON = datetime(2026, 11, 30, 5, tzinfo=UTC)  # 12.00 WIB
EVENING = datetime(2026, 11, 30, 15, tzinfo=UTC)  # 22.00 WIB


@pytest.fixture
def held() -> Iterator[HeldClock]:
    with clock.hold(NOON) as moment:
        yield moment


@pytest.fixture(autouse=True)
def _kind() -> Iterator[None]:
    with registered(battery(severity="critical", channels=("postbox",))):
        yield


def run() -> None:
    """Does the work of the background job."""
    services.resolve_ended()
    services.announce_due()
    services.deliver_due(channel="postbox")


def battery_low(workspace: Workspace, subject: str = "phone") -> None:
    services.open_alert(workspace=workspace, kind=KIND, subject=subject, data={"percent": 3})


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def test_an_alert_is_told_once_then_repeated_with_growing_gaps(
    workspace: Workspace, owner: User, postbox: Postbox, held: HeldClock
) -> None:
    announced = []
    battery_low(workspace)
    for hour in sorted({*range(0, 24 * 30, 48), *range(6), 27, 28, 99, 100, 267, 268}):
        held.moment = NOON + timedelta(hours=hour)
        run()
        battery_low(workspace)
        if len(postbox.letters) > len(announced):
            announced.append(hour)
    assert announced == [0, 4, 28, 100, 268]
    assert [item.sentence for item in postbox.letters[0].items] == ["phone: 3 percent left"]
    assert postbox.letters[0].membership.user == owner


def test_noted_or_solved_is_told_no_more(workspace: Workspace, owner: User, postbox: Postbox, held: HeldClock) -> None:
    battery_low(workspace, "a")
    battery_low(workspace, "b")
    run()
    services.acknowledge_alert(alert=Alert.objects.get(subject="a"), by=owner)
    services.resolve_alert(workspace=workspace, kind=KIND, subject="b")
    for _day in range(10):
        held.move(days=1)
        run()
    assert len(postbox.letters) == 1


def test_what_is_solved_before_it_was_sent_is_not_sent(
    workspace: Workspace, owner: User, postbox: Postbox, held: HeldClock
) -> None:
    battery_low(workspace)
    services.announce_due()
    services.resolve_alert(workspace=workspace, kind=KIND, subject="phone")
    run()
    assert postbox.letters == []
    assert states() == ["cancelled"]


def test_several_at_once_are_one_letter(workspace: Workspace, owner: User, postbox: Postbox, held: HeldClock) -> None:
    for subject in "abc":
        battery_low(workspace, subject)
    run()
    [letter] = postbox.letters
    assert [item.subject for item in letter.items] == ["a", "b", "c"]
    assert states() == ["sent"] * 3


def test_a_failed_attempt_is_repeated_until_the_retries_end(
    workspace: Workspace, owner: User, postbox: Postbox, held: HeldClock
) -> None:
    battery_low(workspace)
    postbox.result = Result("later", "unreachable")
    services.announce_due()
    for wait in rules.RETRIES:
        services.deliver_due(channel="postbox")
        services.deliver_due(channel="postbox")
        held.move(seconds=wait.total_seconds())
    assert len(postbox.letters) == len(rules.RETRIES)
    services.deliver_due(channel="postbox")
    assert states() == ["failed"]
    assert Delivery.objects.get().reason == "unreachable"
    assert {letter.key for letter in postbox.letters} == {str(Delivery.objects.get().pk)}


def test_a_final_refusal_is_not_repeated(workspace: Workspace, owner: User, postbox: Postbox, held: HeldClock) -> None:
    battery_low(workspace)
    postbox.result = Result("failed", "recipient: 550")
    run()
    held.move(hours=1)
    services.deliver_due(channel="postbox")
    assert len(postbox.letters) == 1
    assert states() == ["failed"]


def test_the_other_side_sets_the_wait(workspace: Workspace, owner: User, postbox: Postbox, held: HeldClock) -> None:
    battery_low(workspace)
    postbox.result = Result("later", "refused: 429", timedelta(hours=2))
    run()
    assert Delivery.objects.get().due_at == NOON + timedelta(hours=2)


def test_a_process_that_died_while_sending_leaves_a_delivery_that_is_sent_again(
    workspace: Workspace, owner: User, postbox: Postbox, held: HeldClock
) -> None:
    battery_low(workspace)
    services.announce_due()

    class KilledError(BaseException):
        """Ends the process between the attempt and its result."""

    def die(_letter: object) -> Result:
        raise KilledError

    alive, postbox.send = postbox.send, die  # type: ignore[method-assign]
    with postbox.connected(), pytest.raises(KilledError):
        services.deliver_due(channel="postbox")
    assert states() == ["waiting"]
    postbox.send = alive  # type: ignore[method-assign]
    services.deliver_due(channel="postbox")
    assert postbox.letters == [], "the lease of the dead process still runs"
    held.move(minutes=11)
    services.deliver_due(channel="postbox")
    assert len(postbox.letters) == 1
    assert states() == ["sent"]


def test_slow_channels_take_one_slot_and_turns(workspace: Workspace, owner: User, held: HeldClock) -> None:
    """A job sends a few letters. The jobs of all channels have one lock, and a channel with more letters goes last."""
    addresses = tuple(str(number) for number in range(LETTERS + 2))
    with Postbox(addresses=addresses).connected() as slow, connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        other = Postbox("other")
        register_channel(replace(channels()[0], key="other", targets=lambda _members: {}, send=other.send))
        battery_low(workspace)
        services.announce_due()
        member = Membership.objects.get(user=owner)
        Delivery.objects.create(alert=Alert.objects.get(), membership=member, channel="other", announcement=1)
        services.queue_due()
        cursor.execute("SELECT args ->> 'channel', lock FROM procrastinate_jobs ORDER BY id")
        assert cursor.fetchall() == [("other", "alerts.deliver"), ("postbox", "alerts.deliver")]
        deliver("postbox")
        assert len(slow.letters) == LETTERS
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone() == (2,), "the waiting jobs send the rest"
        deliver("postbox")
        assert len(slow.letters) == LETTERS + 2


def test_only_roles_that_the_kind_is_for_hear_of_it(workspace: Workspace, postbox: Postbox, held: HeldClock) -> None:
    people = {role: make_member(workspace, role) for role in ("viewer", "agent", "manager", "owner")}
    make_member(make_workspace("Lain"), "owner", "lain@example.com")
    with registered(battery(min_role="manager", channels=("postbox",))):
        battery_low(workspace)
        services.announce_due()
        Membership.objects.filter(user=people["manager"]).update(role="viewer")
        services.deliver_due(channel="postbox")
    assert [letter.membership.user for letter in postbox.letters] == [people["owner"]]
    assert sorted(states()) == ["cancelled", "sent"]


def test_a_removed_or_blocked_member_hears_nothing(workspace: Workspace, postbox: Postbox, held: HeldClock) -> None:
    for role in ("agent", "manager"):
        make_member(workspace, role)
    battery_low(workspace)
    services.announce_due()
    Membership.objects.get(role="agent").delete()
    User.objects.filter(memberships__role="manager").update(is_active=False)
    services.deliver_due(channel="postbox")
    assert postbox.letters == []


def test_choices_of_a_member_and_the_default(workspace: Workspace, owner: User, held: HeldClock) -> None:
    agent = make_member(workspace, "agent")
    member = Membership.objects.get(user=owner)
    with Postbox().connected() as box:
        services.save_preferences(membership=member, chosen={KIND: []}, quiet=(time(21), time(7)), waking=[KIND])
        battery_low(workspace)
        run()
    assert [letter.membership.user for letter in box.letters] == [agent]


def test_quiet_hours_gather_and_critical_ones_break_them(
    workspace: Workspace, owner: User, postbox: Postbox, held: HeldClock
) -> None:
    held.moment = EVENING
    with registered(battery(channels=("postbox",))):  # a warning
        for subject in "ab":
            battery_low(workspace, subject)
            run()
        assert postbox.letters == []
        held.moment = datetime(2026, 12, 1, 0, 1, tzinfo=UTC)  # 07.01 WIB
        run()
    [letter] = postbox.letters
    assert [item.subject for item in letter.items] == ["a", "b"]
    held.moment = EVENING + timedelta(days=1)
    battery_low(workspace, "c")
    run()
    assert len(postbox.letters) == 2, "a critical alert comes at once"
    QuietHours.objects.create(membership=Membership.objects.get(), waking=[])
    battery_low(workspace, "d")
    run()
    assert len(postbox.letters) == 2


def test_each_person_chooses_the_kinds_that_wake_them(
    workspace: Workspace, owner: User, postbox: Postbox, held: HeldClock
) -> None:
    """A warning wakes the owner and not the agent; a critical kind wakes the agent and not the owner."""
    agent = make_member(workspace, "agent")
    held.moment = EVENING
    grave = replace(battery(severity="critical", channels=("postbox",)), key="test.grave")
    with registered(battery(channels=("postbox",)), grave):
        services.save_preferences(
            membership=Membership.objects.get(user=owner), chosen={KIND: ["postbox"], "test.grave": ["postbox"]},
            quiet=(time(21), time(7)), waking=[KIND],
        )  # fmt: skip
        battery_low(workspace)
        run()
        assert [letter.membership.user for letter in postbox.letters] == [owner]
        services.open_alert(workspace=workspace, kind="test.grave")
        run()
        assert [letter.membership.user for letter in postbox.letters] == [owner, agent]
        held.moment = datetime(2026, 12, 1, 0, 1, tzinfo=UTC)  # 07.01 WIB
        run()
    assert {letter.membership.user for letter in postbox.letters[2:]} == {owner, agent}


def test_the_default_is_not_stored_as_a_choice(workspace: Workspace, owner: User) -> None:
    member = Membership.objects.get(user=owner)
    chosen = {kind.key: [] for kind in kinds()}
    critical = [kind.key for kind in kinds() if kind.severity == "critical"]
    services.save_preferences(membership=member, chosen=chosen, quiet=(time(21), time(7)), waking=[*critical, "gone"])
    assert QuietHours.objects.get().waking is None
    services.save_preferences(membership=member, chosen=chosen, quiet=(time(21), time(7)), waking=critical[1:])
    assert QuietHours.objects.get().waking == critical[1:]


def test_an_event_is_told_once_and_ends_by_itself(
    workspace: Workspace, owner: User, postbox: Postbox, held: HeldClock
) -> None:
    with registered(battery(severity="critical", channels=("postbox",), ends_after=timedelta(days=2))):
        battery_low(workspace)
        for _day in range(4):
            run()
            held.move(days=1)
        assert len(postbox.letters) == 1
        assert Alert.objects.get().resolved_at is not None


def test_acknowledging_an_event_resolves_it(workspace: Workspace, owner: User) -> None:
    with registered(battery(ends_after=timedelta(days=2))):
        battery_low(workspace)
        services.acknowledge_alert(alert=Alert.objects.get(), by=owner)
        assert Alert.objects.get().resolved_at is not None


def test_what_flaps_is_announced_once_an_hour(
    workspace: Workspace, owner: User, postbox: Postbox, held: HeldClock
) -> None:
    for _time in range(12):
        battery_low(workspace)
        run()
        services.resolve_alert(workspace=workspace, kind=KIND, subject="phone")
        held.move(minutes=10)
    assert len(postbox.letters) == 2


def test_old_alerts_are_deleted_and_open_ones_stay(
    workspace: Workspace, owner: User, postbox: Postbox, held: HeldClock
) -> None:
    battery_low(workspace, "old")
    battery_low(workspace, "open")
    run()
    services.resolve_alert(workspace=workspace, kind=KIND, subject="old")
    held.move(days=91)
    assert services.purge_resolved() == 1
    assert [alert.subject for alert in Alert.objects.all()] == ["open"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_announce_and_send_once() -> None:
    with Postbox().connected() as box:
        workspace = make_workspace()
        make_member(workspace)
        for number in range(30):
            battery_low(workspace, str(number))
        start = threading.Barrier(2)

        def work() -> None:
            start.wait()
            run()
            connection.close()

        threads = [threading.Thread(target=work) for _each in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        told = [item.subject for letter in box.letters for item in letter.items]
        assert sorted(told, key=int) == [str(number) for number in range(30)]
        assert Delivery.objects.count() == 30


def test_a_set_of_alerts_is_announced_with_a_fixed_number_of_queries(
    workspace: Workspace, owner: User, postbox: Postbox, held: HeldClock, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    for number in range(100):
        battery_low(workspace, str(number))
    with django_assert_max_num_queries(12):
        assert services.announce_due() == 100


def test_announcement_that_reached_no_member_delays_no_later_one(
    workspace: Workspace, owner: User, held: HeldClock
) -> None:
    """The owner connects a phone after the first alert about a number. The second one comes at once."""
    with Postbox(addresses=()).connected():
        battery_low(workspace)
        run()
        services.resolve_alert(workspace=workspace, kind=KIND, subject="phone")
    held.move(minutes=1)
    with Postbox().connected() as box:
        battery_low(workspace)
        run()
        assert len(box.letters) == 1
