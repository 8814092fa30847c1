"""Announcing alerts: turns each due alert into deliveries, one for each member, channel and device that hears it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from wabolt.accounts.models import Membership
from wabolt.alerts import rules
from wabolt.alerts.models import Alert, ChannelChoice, Delivery, QuietHours
from wabolt.alerts.registry import AlertKind, channels, kind_of
from wabolt.alerts.services.alerts import announcements_of
from wabolt.lib import clock
from wabolt.lib.quiet_hours import Hours

BATCH = 200
"""Alerts that one transaction announces."""
_waits = clock.Waits()


@dataclass(frozen=True, slots=True)
class _People:
    """The members of some workspaces with what they chose. `targets`: {channel: {membership id: its targets}}."""

    members: Mapping[int, Sequence[Membership]]
    choices: Mapping[tuple[int, str], Sequence[str]]
    quiet: Mapping[int, QuietHours]
    targets: Mapping[str, Mapping[int, Sequence[str]]]


@transaction.atomic
def announce_due() -> int:
    """Writes the deliveries of all due alerts and sets each alert's next announcement. Returns how many were due.

    Two processes never announce the same alert: its row is locked, and a delivery is unique.
    """
    now = clock.now()
    due = _due(now)
    locked = Alert.objects.select_for_update(skip_locked=True).filter(pk__in=due).order_by("announce_at", "pk")[:BATCH]
    alerts = [alert for alert in locked if alert.announce_at == due[alert.pk]]  # not announced by another meanwhile
    people = _people_of({alert.workspace_id for alert in alerts}) if alerts else None
    rows: list[Delivery] = []
    for alert in alerts:
        kind = kind_of(alert.kind)
        if kind is None or people is None:
            alert.announce_at = None
            continue
        rows += _deliveries(alert, kind, people, now)
        state = rules.announced(announcements_of(alert), kind.severity, now, once=kind.ends_after is not None)
        alert.announced, alert.announced_at = state.announced, state.announced_at
        alert.announce_at = state.announce_at
        if state.announce_at is not None:
            _waits.begin(state.announce_at, state.announce_at - now)
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    Alert.objects.bulk_update(alerts, ["announced", "announced_at", "announce_at"])
    return len(alerts)


def _due(now: datetime) -> dict[int, datetime]:
    """The due alerts: {id: announce_at}.

    A change of the wall clock does not move the due time of an alert that this process knows. If it was set back before
    this process looked at a new alert, the alert's grace begins now.
    """
    waiting = Alert.objects.exclude(announce_at=None).values_list("pk", "announce_at", "announced", "opened_at")
    due: dict[int, datetime] = {}
    for pk, announce_at, announced, opened_at in waiting:
        assert announce_at is not None
        if not announced and opened_at > now + clock.AHEAD and not _waits.knows(announce_at):
            _waits.begin(announce_at, announce_at - opened_at)
        if _waits.is_over(announce_at):
            due[pk] = announce_at
    return due


def hours_of(membership: Membership, quiet: QuietHours) -> Hours:
    """The quiet hours of a member in the workspace's zone."""
    return Hours(membership.workspace.tz, quiet.quiet_from, quiet.quiet_until)


def _deliveries(alert: Alert, kind: AlertKind, people: _People, now: datetime) -> Iterable[Delivery]:
    for member in people.members.get(alert.workspace_id, ()):
        if not kind.concerns(member.role, member.user_id, alert.subject, alert.data):
            continue
        available = [key for key, targets in people.targets.items() if member.pk in targets]
        chosen = people.choices.get((member.pk, kind.key))
        quiet = people.quiet.get(member.pk) or QuietHours(membership=member)
        wakes = quiet.lets_through(kind.key, kind.severity)
        due_at = rules.deliver_at(hours_of(member, quiet), wakes=wakes, now=now)
        for channel in rules.carried_by(kind.default_channels, chosen, available):
            for target in people.targets[channel][member.pk]:
                yield Delivery(
                    alert=alert, membership=member, channel=channel, target=target,
                    announcement=alert.announced + 1, due_at=due_at,
                )  # fmt: skip


def _people_of(workspaces: set[int]) -> _People:
    members = list(
        Membership.objects.filter(workspace__in=workspaces, user__is_active=True).select_related("user", "workspace")
    )
    by_workspace: dict[int, list[Membership]] = defaultdict(list)
    for member in members:
        by_workspace[member.workspace_id].append(member)
    choices = ChannelChoice.objects.filter(membership__in=members)
    return _People(
        members=by_workspace,
        choices={(choice.membership_id, choice.kind): choice.channels for choice in choices},
        quiet={quiet.membership_id: quiet for quiet in QuietHours.objects.filter(membership__in=members)},
        targets={channel.key: channel.targets(members) for channel in channels()},
    )
