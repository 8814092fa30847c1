"""Functions shared by composing and running."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from wabolt.accounts.services import record_audit
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.rules import may_become
from wabolt.lib.errors import DomainError
from wabolt.messaging.services import pause_origin

ORIGIN = "broadcast"
State = Broadcast.State


def locked(broadcast: Broadcast) -> Broadcast:
    """Returns the current row, locked until the end of the transaction. Concurrent requests act one after the other."""
    return Broadcast.objects.select_for_update(of=("self",)).select_related("workspace", "channel").get(pk=broadcast.pk)


def move(broadcast: Broadcast, state: str, *, only: str = "", **changes: object) -> Broadcast:
    """Sets the broadcast's `state` and `changes` of its fields, and returns it.

    Raises DomainError "wrong_state" if the change is not allowed, or if the broadcast is not in the state `only`.
    """
    now = locked(broadcast)
    if not may_become(now.state, state) or (only and now.state != only):
        raise DomainError(
            _("That is not possible any more: the broadcast is now “%(state)s”.") % {"state": now.get_state_display()},
            code="wrong_state",
        )
    now.state = state
    for field, value in changes.items():
        setattr(now, field, value)
    now.save()
    return now


def check_ready(broadcast: Broadcast) -> None:
    """Raises DomainError if the broadcast's segment or channel no longer exists."""
    if broadcast.state == State.DRAFT and broadcast.segment_id is None:
        raise DomainError(_("The segment of this broadcast no longer exists. Choose another."), code="no_segment")
    if broadcast.channel.archived_at is not None:
        raise DomainError(_("The number of this broadcast is no longer in use. Choose another."), code="no_channel")


def audience_changed(promised: int, count: int) -> DomainError:
    """Returns the error for an audience whose size differs from the number on the button."""
    message = _("The audience has changed: now %(count)s get it, not %(promised)s. Look at it again, then send.")
    return DomainError(message % {"count": count, "promised": promised}, code="audience_changed")


def audit(broadcast: Broadcast, action: str, data: Mapping[str, object] | None = None) -> None:
    """Records an action on a broadcast in the audit log, in the caller's transaction. The actor is the member whose
    request is being answered, else the system."""
    record_audit(workspace=broadcast.workspace, action=action, target=("broadcast", broadcast.pk), data=data)


def back_to_draft(broadcast: Broadcast, error: Exception) -> Broadcast:
    """Makes a broadcast that could not start a draft again, with the reason for its page. Returns it."""
    return move(broadcast, State.DRAFT, started_at=None, scheduled_at=None, problem=str(error)[:300])


def pause_late(broadcast: Broadcast) -> Broadcast:
    """Pauses a broadcast that can only start far too late, with the reason for its page. Returns it."""
    audit(broadcast, "broadcast.pause")
    why = _("WABolt was not running at that time, so nothing has gone out. Does it still fit? Then press Continue.")
    pause_origin(workspace=broadcast.workspace, origin_kind=ORIGIN, origin_id=broadcast.pk)
    return move(broadcast, State.PAUSED, problem=str(why))
