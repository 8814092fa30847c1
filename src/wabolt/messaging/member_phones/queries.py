"""Reads of the numbers of members, and of the channels that carry alerts to them."""

from collections.abc import Mapping, Sequence

from wabolt.accounts.models import Membership, Workspace
from wabolt.alerts.models import Alert
from wabolt.channels.models import Channel
from wabolt.channels.registry import capabilities
from wabolt.messaging.member_phones.models import MemberPhone

_TROUBLE = ("channel.stopped", "channel.paused", "channel.warned", "lane.standstill")
"""Kinds of alert whose subject is a number that carries no alerts while they are open."""


def targets(memberships: Sequence[Membership]) -> Mapping[int, Sequence[str]]:
    """The members with a confirmed number, in workspaces that have a number without trouble."""
    phones = MemberPhone.objects.filter(membership__in=memberships).exclude(phone="").select_related("membership")
    able = {shop: carrier_of(shop) is not None for shop in {row.membership.workspace_id for row in phones}}
    return {row.membership_id: [""] for row in phones if able[row.membership.workspace_id]}


def carrier_of(workspace_id: int) -> Channel | None:
    """The number that carries alerts: connected, without an open alert about it, and free to write at any time.

    Meta allows free text only within a window after the recipient's last message, so Cloud API numbers carry none.
    """
    troubled = Alert.objects.filter(workspace=workspace_id, kind__in=_TROUBLE, resolved_at=None)
    subjects = set(troubled.values_list("subject", flat=True))
    found = Channel.objects.filter(workspace=workspace_id, archived_at=None, state=Channel.State.CONNECTED)
    for channel in found.select_related("workspace").order_by("pk"):
        able = capabilities(channel.provider)
        if str(channel.pk) not in subjects and able.service_window is None and not able.needs_templates:
            return channel
    return None


def numbers_to_write_to(workspace: Workspace) -> list[Channel]:
    """The connected numbers to which a member can write the code."""
    connected = Channel.objects.filter(workspace=workspace, archived_at=None, state=Channel.State.CONNECTED)
    return list(connected.exclude(phone="").order_by("pk"))


def has_only_simulated(workspace: Workspace) -> bool:
    """Whether all numbers of the shop are simulated, so that nothing they send reaches a real phone."""
    providers = Channel.objects.filter(workspace=workspace, archived_at=None).values_list("provider", flat=True)
    return bool(providers) and all(capabilities(provider).is_simulation for provider in set(providers))
