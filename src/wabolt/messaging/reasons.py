"""What the codes in `Message.reason` and `Recipient.reason` say to a person."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, str | Promise] = {
    "no_consent": _("no permission yet"),
    "opted_out": _("has opted out"),
    "suppressed_number": _("this number has opted out before"),
    "no_number": _("no WhatsApp number"),
    "erased": _("contact was erased"),
    "frequency_cap": _("has had enough promotions lately"),
    "quiet_hours": _("waits for the end of quiet hours"),
    "daily_cap": _("waits for tomorrow: today's limit is reached"),
    "duplicate": _("is in it twice"),
    "channel_unavailable": _("the number is not connected"),
    "interrupted": _("sending was interrupted; it may have arrived"),
    "ambiguous": _("WhatsApp did not answer; it may have arrived"),
    "not_delivered": _("WhatsApp could not deliver it"),
    "wrong_number": _("the number is not on WhatsApp"),
    "blocked": _("has blocked this number"),
    "text_too_long": _("the text is too long with this contact's data"),
    "too_long": _("the text is too long"),
    "empty_text": _("the text is empty with this contact's data"),
    "render_failed": _("the text does not fit this contact's data"),
    "cancelled": _("was cancelled"),
    "channel_archived": _("the number was removed"),
}
