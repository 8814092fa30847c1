"""The choices of a member: the channels of each kind, and the quiet hours."""

from collections.abc import Collection, Mapping, Sequence
from datetime import time

from django.db import transaction

from wabolt.accounts.models import Membership
from wabolt.alerts.models import ChannelChoice, QuietHours
from wabolt.alerts.registry import Letter, Result, channel_of, channels, kinds
from wabolt.lib import clock


@transaction.atomic
def save_preferences(
    *, membership: Membership, chosen: Mapping[str, Sequence[str]], quiet: tuple[time, time], waking: Collection[str]
) -> None:
    """Stores the channels for each kind in `chosen` ({kind: channels}), the quiet hours (from, until), and the kinds of
    `chosen` that come in them too.

    Unknown kinds and channels are left out. A choice that equals the kind's own channels, or the critical kinds, is not
    stored, so the member follows them when they change.
    """
    known = [channel.key for channel in channels()]
    rows = []
    for kind in kinds():
        if kind.key in chosen:
            wanted = [key for key in known if key in chosen[kind.key]]
            if set(wanted) != set(kind.default_channels) & set(known):
                rows.append(ChannelChoice(membership=membership, kind=kind.key, channels=wanted))
    ChannelChoice.objects.filter(membership=membership, kind__in=list(chosen)).delete()
    ChannelChoice.objects.bulk_create(rows)
    known_kinds = [kind for kind in kinds() if kind.key in chosen]
    loud = [kind.key for kind in known_kinds if kind.key in waking]
    is_default = loud == [kind.key for kind in known_kinds if kind.severity == "critical"]
    QuietHours.objects.update_or_create(
        membership=membership,
        defaults={"quiet_from": quiet[0], "quiet_until": quiet[1], "waking": None if is_default else loud},
    )


def send_test(*, membership: Membership, channel: str, language: str) -> list[Result]:
    """Sends a test message over one channel at once. Returns one result for each target, none if it is not set up."""
    carrier = channel_of(channel)
    if carrier is None:
        return []
    found = carrier.targets([membership]).get(membership.pk, ())
    key = f"test-{clock.now():%Y%m%d%H%M%S%f}"
    return [carrier.send(Letter(membership, target, key, language, ())) for target in found]
