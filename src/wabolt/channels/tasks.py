"""Background entry points of channels."""

from wabolt.channels.providers.linked import old_chats
from wabolt.channels.services import pruning
from wabolt.lib import jobs


@jobs.every("23 * * * *", "channels.expire_old_chats")
def expire_old_chats() -> None:
    """Chats from before a link that nobody has chosen in time are deleted."""
    old_chats.expire()


@jobs.every("41 19 * * *", "channels.prune_raw_events")
def prune_raw_events() -> None:
    """Once a day, at night in Indonesia: raw events that were understood long ago are deleted."""
    pruning.prune_raw_events()
