"""Background entry points of channels."""

from wabolt.channels.providers.linked import old_chats
from wabolt.channels.services import alerting, pruning
from wabolt.lib import jobs


@jobs.every("23 * * * *", "channels.expire_old_chats")
def expire_old_chats() -> None:
    """Deletes expired old chats."""
    old_chats.expire()


@jobs.every("41 19 * * *", "channels.prune_raw_events")
def prune_raw_events() -> None:
    """Deletes old raw events once a day, at night in Indonesia."""
    pruning.prune_raw_events()


@jobs.every("*/5 * * * *", "channels.check_numbers")
def check_numbers() -> None:
    """Opens and resolves alerts about numbers that stay offline, silent phones, low ratings and a wrong clock."""
    alerting.check_connections()
    alerting.check_numbers()
    alerting.check_clock()
