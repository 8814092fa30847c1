"""Background entry points of channels."""

from wabolt.channels import old_chats
from wabolt.lib import jobs


@jobs.every("23 * * * *", "channels.expire_old_chats")
def expire_old_chats() -> None:
    """Chats from before a link that nobody has chosen in time are deleted."""
    old_chats.expire()
