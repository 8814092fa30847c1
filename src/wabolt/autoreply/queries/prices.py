"""The price of an automatic reply on numbers whose vendor charges for messages."""

from wabolt.accounts.models import Workspace
from wabolt.channels.queries import channels
from wabolt.channels.registry import capabilities
from wabolt.messaging.queries import Price, price_table

CATEGORY = "service"
"""Meta's category of answers inside the service window."""


def reply_price(workspace: Workspace) -> Price | None:
    """The price of one reply by the shop's price table; None if no number of the shop is charged for replies."""
    if not any(capabilities(channel.provider).service_window for channel in channels(workspace)):
        return None
    return price_table(workspace).get(CATEGORY)
