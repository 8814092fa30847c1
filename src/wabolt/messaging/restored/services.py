"""Messages that were waiting when a backup was made, if the messages sent since then are unknown."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import ngettext

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.alerts.services import open_alert, resolve_alert
from wabolt.messaging.outbox.services.notify import wake_lane
from wabolt.messaging.restored.queries import HeldGroup, held_groups
from wabolt.messaging.store.models import Message

HELD = "restored"
"""The reason of a message that a restore holds."""
ALERT = "messaging.held"
_LEAP = 1_000_000
_SEQUENCES = ("messaging_message_id_seq", "messaging_messagecontent_id_seq", "messaging_trackedlink_id_seq")


def held_sentence(_subject: str, data: Mapping[str, Any]) -> str:
    """The sentence of the alert about held messages."""
    people = int(data.get("people") or 0)
    text = ngettext(
        "After the restore, messages to %(people)s person wait for your decision.",
        "After the restore, messages to %(people)s people wait for your decision.",
        people,
    )
    return str(text % {"people": people})


@transaction.atomic
def hold_waiting(*, known: Collection[int]) -> int:
    """Makes every message that waited or was in flight `unknown`, in all workspaces but the `known` ones, and opens an
    alert that leads to the decision; how many messages.

    New messages continue with ids far above the restored ones: the ids of messages that were sent since the backup was
    made are in links and at WhatsApp already.
    """
    waiting = Message.objects.filter(state__in=("queued", "sending")).exclude(workspace__in=known)
    held = waiting.update(state="unknown", reason=HELD, not_before=None)
    with connection.cursor() as cursor:
        for name in () if known else _SEQUENCES:
            cursor.execute("SELECT setval(%s::regclass, nextval(%s::regclass) + %s)", [name, name, _LEAP])
    for workspace in Workspace.objects.exclude(pk__in=known):
        _tell(workspace)
    return held


@transaction.atomic
def send_held(*, workspace: Workspace, group: HeldGroup, actor: User) -> int:
    """Queues the held messages of one origin again, although they may have gone out already; how many. A stop or a
    missing consent still holds: the lane asks again before it sends."""
    channels = set(_held(workspace, group).values_list("channel_id", flat=True))
    count = _decide(workspace, group, actor, state="queued", reason="", action="restore.send_held")
    for channel_id in channels:
        wake_lane(channel_id)
    return count


@transaction.atomic
def drop_held(*, workspace: Workspace, group: HeldGroup, actor: User) -> int:
    """Cancels the held messages of one origin; how many."""
    return _decide(workspace, group, actor, state="cancelled", reason=HELD, action="restore.drop_held")


def _held(workspace: Workspace, group: HeldGroup) -> QuerySet[Message]:
    return Message.objects.filter(
        workspace=workspace,
        state="unknown",
        reason=HELD,
        origin_kind=group.origin_kind,
        origin_id=group.origin_id,
    )


def _decide(workspace: Workspace, group: HeldGroup, actor: User, *, state: str, reason: str, action: str) -> int:
    count = _held(workspace, group).update(state=state, reason=reason)
    if count:
        data = {"origin": group.origin_kind, "origin_id": group.origin_id, "count": count}
        record_audit(workspace=workspace, actor=actor, action=action, data=data)
    _tell(workspace)
    return count


def _tell(workspace: Workspace) -> None:
    """Opens, updates or resolves the alert about held messages."""
    people = sum(group.people for group in held_groups(workspace))
    if people:
        open_alert(workspace=workspace, kind=ALERT, data={"people": people})
    else:
        resolve_alert(workspace=workspace, kind=ALERT)
