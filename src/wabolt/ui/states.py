"""All states of a badge, with word and colour. The colour is never shown without the word."""

from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Tone = Literal["neutral", "primary", "info", "good", "warning", "bad"]

_states: dict[str, tuple[str | Promise, Tone]] = {
    # messages and recipients
    "queued": (_("Queued"), "neutral"),
    "sending": (_("Sending"), "info"),
    "sent": (_("Sent"), "info"),
    "delivered": (_("Delivered"), "primary"),
    "read": (pgettext_lazy("state", "Read"), "good"),
    "failed": (_("Failed"), "bad"),
    "suppressed": (_("Not sent"), "warning"),
    "cancelled": (_("Cancelled"), "neutral"),
    "unknown": (_("Not certain"), "warning"),
    "held_out": (_("Holdout"), "neutral"),
    "received": (_("Received"), "info"),
    "replied": (_("Replied"), "good"),
    "clicked": (_("Clicked"), "good"),
    # processes with a progress
    "draft": (_("Draft"), "neutral"),
    "scheduled": (_("Scheduled"), "primary"),
    "preparing": (_("Preparing"), "info"),
    "running": (_("Running"), "info"),
    "paused": (_("Paused"), "warning"),
    "completed": (_("Completed"), "good"),
    "finished": (_("Completed"), "good"),
    "done": (_("Completed"), "good"),
    "uploaded": (_("Uploaded"), "neutral"),
    "waiting": (_("Waiting"), "neutral"),
    "active": (_("Active"), "good"),
    "inactive": (_("Inactive"), "neutral"),
    "archived": (_("Archived"), "neutral"),
    # consent
    "granted": (_("Opted in"), "good"),
    "withdrawn": (_("Opted out"), "bad"),
    "pending": (_("Not confirmed yet"), "warning"),
    "none": (_("No permission yet"), "neutral"),
    # channels
    "connected": (_("Connected"), "good"),
    "connecting": (_("Connecting"), "info"),
    "disconnected": (_("Disconnected"), "bad"),
    "limited": (_("Limited"), "warning"),
    "banned": (_("Banned"), "bad"),
    "offline": (_("Offline"), "warning"),
    # conversations and orders
    "open": (_("Open"), "info"),
    "closed": (_("Closed"), "neutral"),
    "paid": (_("Paid"), "good"),
    "refunded": (_("Refunded"), "warning"),
}


def register_state(state: str, label: str | Promise, tone: Tone) -> None:
    """Registers a state of another room; called from `AppConfig.ready()`."""
    _states[state] = (label, tone)


def describe(state: str) -> tuple[str | Promise, Tone]:
    """Returns word and tone of a state. An unknown state is shown by its own name."""
    return _states.get(state, (state.replace("_", " ").capitalize(), "neutral"))
