"""The figures of broadcasts that are kept ready."""

from collections.abc import Iterator

from wabolt.broadcasts.queries.broadcasts import TALLY, count_states
from wabolt.contacts.registry import LoggedEvent, TallyKind, register_tally

KINDS = frozenset({"message_sent", "message_delivered", "message_read", "message_failed", "message_held"})


def _broadcast(event: LoggedEvent) -> Iterator[int]:
    broadcast = event.data.get("broadcast")
    if isinstance(broadcast, int):
        yield broadcast


def register() -> None:
    """Called from `BroadcastsConfig.ready`."""
    register_tally(TallyKind(TALLY, KINDS, _broadcast, count_states))
