"""The figures of broadcasts that are kept ready."""

from collections.abc import Sequence

from wabolt.broadcasts.queries.broadcasts import TALLY, count_states
from wabolt.contacts.registry import LoggedEvent, TallyKind, register_tally

KINDS = frozenset({"message_sent", "message_delivered", "message_read", "message_failed", "message_held"})


def _broadcasts(events: Sequence[LoggedEvent]) -> set[tuple[int, int]]:
    found = {(event.workspace_id, event.data.get("broadcast")) for event in events}
    return {(workspace, broadcast) for workspace, broadcast in found if isinstance(broadcast, int)}


def register() -> None:
    """Called from `BroadcastsConfig.ready`."""
    register_tally(TallyKind(TALLY, KINDS, _broadcasts, count_states))
