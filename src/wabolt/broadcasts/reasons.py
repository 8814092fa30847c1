"""Reasons not to send, in the words of the screen."""

from django.utils.translation import gettext_lazy as _

from wabolt.messaging.queries import reason_words

REASONS = {
    "no_consent": _("have not given permission yet"),
    "opted_out": _("have stopped"),
    "suppressed_number": _("number that has stopped before"),
    "no_number": _("no usable number"),
    "never_wrote": _("have never written to this number"),
    "frequency_cap": _("have already had enough messages lately"),
    "duplicate": _("got the very same message this week"),
    "erased": _("were erased meanwhile"),
    "channel_unavailable": _("the number was not available"),
    "broadcast_cancelled": _("the broadcast was cancelled"),
    "text_too_long": _("the text became too long with their data"),
    "empty_text": _("the text was empty with their data"),
    "render_failed": _("the text could not be filled in"),
}


def describe(reason: str) -> str:
    """The words for a reason: ours for what a freeze decides, the lane's and the vendors' for all others."""
    return str(REASONS[reason]) if reason in REASONS else reason_words(reason)
