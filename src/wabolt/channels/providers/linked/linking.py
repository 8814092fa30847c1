"""Linking a number as a device: data and actions of its pages. The holder of the lane executes the actions
(`ChannelCommand`)."""

import base64
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import segno
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from wabolt.accounts.models import User
from wabolt.channels.models import Channel, ChannelCommand, LinkedNumber
from wabolt.channels.pictures import profile_jpeg
from wabolt.channels.registry import ConnectionStatus
from wabolt.channels.services import audit_channel
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.formats import moment

UNDER_WAY = {"starting", "qr", "code"}
MAX_NAME = 25
"""Length of a profile name that WhatsApp shows."""
MAX_ABOUT = 139
ERROR_SHOWN_FOR = timedelta(minutes=10)
"""Time during which the page shows a failed command."""

PHONE_STEPS: dict[str, str | Promise] = {
    "business": gettext_lazy("The number uses WhatsApp Business, not the ordinary WhatsApp"),
    "address": gettext_lazy("Address, and the place on the map"),
    "hours": gettext_lazy("Opening hours"),
    "category": gettext_lazy("Category, description and website"),
    "catalogue": gettext_lazy("Catalogue with your best products"),
    "greeting": gettext_lazy("Greeting and away message switched off: WABolt answers already"),
    "two_step": gettext_lazy("Two-step verification, with your e-mail address"),
}
"""Profile settings that only the app on the phone can change. The owner ticks them off, because they cannot be read
from here."""

_WORDS: dict[str, tuple[str, str | Promise, str | Promise]] = {
    "connected": (
        "good",
        gettext_lazy("Connected"),
        gettext_lazy("Messages go out and come in. Open WhatsApp on the phone at least every 14 days."),
    ),
    "connecting": ("info", gettext_lazy("Connecting"), gettext_lazy("A moment, the connection is being made.")),
    "new": ("neutral", gettext_lazy("Not linked yet"), gettext_lazy("Link the number with one of the two ways below.")),
    "offline": (
        "warning",
        gettext_lazy("Offline"),
        gettext_lazy("There is no connection to WhatsApp right now. Waiting messages go out when it is back."),
    ),
    "refused": (
        "warning",
        gettext_lazy("Refused"),
        gettext_lazy(
            "WhatsApp does not let the connection in right now. It is tried again by itself; nothing is lost."
        ),
    ),
    "restarting": (
        "warning",
        gettext_lazy("Starting again"),
        gettext_lazy("The connection broke off and starts again by itself. Nothing is lost."),
    ),
    "locked": (
        "bad",
        gettext_lazy("Locked"),
        gettext_lazy(
            "WhatsApp has locked this number, or it was moved to another phone. Open WhatsApp on the phone and do what"
            " it asks, then link the number again. What waits is kept."
        ),
    ),
    "replaced": (
        "bad",
        gettext_lazy("Connected elsewhere"),
        gettext_lazy(
            "The same link is in use in another place, for example on an old server. Stop it there, then connect again."
        ),
    ),
    "outdated": (
        "bad",
        gettext_lazy("Out of date"),
        gettext_lazy("WhatsApp does not accept this version any more. Update WABolt, then connect again."),
    ),
    "unlinked": (
        "neutral",
        gettext_lazy("Unlinked"),
        gettext_lazy("You unlinked this number here. What waits is kept: link the number again to go on."),
    ),
    "logged_out": (
        "bad",
        gettext_lazy("Unlinked"),
        gettext_lazy("The phone has unlinked this device. What waits is kept: link the number again to go on."),
    ),
}
STALE = timedelta(seconds=30)
"""A code that expired this long ago is shown as expired: no process renews it."""
UNANSWERED = timedelta(seconds=15)
"""Age from which an open command means that no gateway is running. A gateway executes commands within two seconds."""
_BAN_REASONS: dict[str, str | Promise] = {
    "send_to_too_many_people": gettext_lazy("too many messages went to people who do not have your number saved"),
    "blocked_by_users": gettext_lazy("too many people blocked your number"),
    "created_too_many_groups": gettext_lazy("too many groups were made"),
    "sent_too_many_same_message": gettext_lazy("the same message went to too many people"),
    "broadcast_list": gettext_lazy("too much was sent through broadcast lists"),
}


def connection_status(channel: Channel) -> ConnectionStatus:
    """Returns the state of the connection as its page and card show it."""
    why = str(channel.state_detail.get("why", ""))
    if channel.state == Channel.State.BANNED and why != "locked":
        return _banned(channel)
    if channel.state == Channel.State.OFFLINE and why == "refused":
        return _refused(channel)
    if channel.state == Channel.State.CONNECTED and (since := _phone_off_since(channel)):
        since_text = moment(since, channel.workspace.tz, get_language() or "id")
        words = _(
            "The shop's phone has not answered since %(when)s. Messages still go out and come in, but switch it on"
            " within 14 days: after that WhatsApp unlinks this device."
        )
        return ConnectionStatus("warning", gettext_lazy("Phone offline"), words % {"when": since_text})
    special = channel.state in {Channel.State.OFFLINE, Channel.State.LOGGED_OUT, Channel.State.BANNED} and why in _WORDS
    key = why if special else channel.state
    tone, word, sentence = _WORDS[key]
    return ConnectionStatus(tone, word, sentence, can_reconnect=key in {"replaced", "outdated"})


def _refused(channel: Channel) -> ConnectionStatus:
    tone, word, sentence = _WORDS["refused"]
    try:
        retry_at = datetime.fromisoformat(str(channel.state_detail["retry_at"]))
    except (KeyError, ValueError):
        return ConnectionStatus(tone, word, sentence, can_reconnect=True)
    values = {
        "code": channel.state_detail.get("code", ""),
        "when": moment(retry_at, channel.workspace.tz, get_language() or "id"),
    }
    words = (
        _("WhatsApp does not let the connection in right now (code %(code)s). The next try is at %(when)s.") % values
    )
    return ConnectionStatus(tone, word, words + " " + _("Nothing is lost."), can_reconnect=True)


def _phone_off_since(channel: Channel) -> datetime | None:
    try:
        return channel.linked_number.phone_off_since  # no query if the list has fetched it
    except LinkedNumber.DoesNotExist:
        return None


def _banned(channel: Channel) -> ConnectionStatus:
    reason = _BAN_REASONS.get(str(channel.state_detail.get("code", "")))
    try:
        until = datetime.fromisoformat(str(channel.state_detail["until"]))
    except (KeyError, ValueError):
        return ConnectionStatus(
            "bad",
            gettext_lazy("Banned"),
            gettext_lazy("WhatsApp has blocked this number. Ask for a review in WhatsApp on the phone."),
        )
    until_text = moment(until, channel.workspace.tz, get_language() or "id")
    sentence = _("WhatsApp has blocked this number until %(until)s.") % {"until": until_text}
    if reason is not None:
        sentence += " " + _("It says: %(reason)s.") % {"reason": reason}
    plan = _("After that it connects by itself, rests a day, and warms up again from the beginning.")
    return ConnectionStatus("bad", gettext_lazy("Banned for a while"), f"{sentence} {plan}")


def stage_of(number: LinkedNumber) -> str:
    """Returns the current stage of linking; a code that is no longer renewed counts as expired."""
    if number.stage in {"qr", "code"} and number.secret_until and number.secret_until < clock.now() - STALE:
        return "expired"
    return number.stage


def is_worked(channel: Channel) -> bool:
    """Whether a gateway executes the commands of this number."""
    asked = ChannelCommand.objects.filter(channel=channel, done_at=None, asked_at__lt=clock.now() - UNANSWERED)
    return not asked.exists()


def failure_of(number: LinkedNumber) -> str:
    """Returns the text for a failed linking."""
    if number.detail == "outdated":
        return str(_WORDS["outdated"][2])
    if number.detail.startswith("code:"):
        return _(
            "WhatsApp gives no code for this number. Check that it is the one of the phone, wait a few minutes, or"
            " link with the QR code."
        )
    if "locked" in number.detail:
        return _("The number's last connection is still ending. Start again in a moment.")
    return _("The connection to WhatsApp broke off. Check the internet connection and start again.")


def linked_number(channel: Channel) -> LinkedNumber:
    """Returns the row of the number; an unsaved one if there is none."""
    return LinkedNumber.objects.filter(channel=channel).first() or LinkedNumber(channel=channel)


def qr_svg(number: LinkedNumber) -> str:
    """Returns the QR code as SVG, black on white in every theme, because phones cannot read other colours."""
    if number.stage != LinkedNumber.Stage.QR or not number.secret:
        return ""
    drawn: str = segno.make_qr(number.secret).svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=True)
    return drawn


def seconds_left(number: LinkedNumber) -> int:
    """Returns the remaining seconds of the code on the screen, in steps of five."""
    if number.secret_until is None:
        return 0
    left = (number.secret_until - clock.now()).total_seconds()
    return max(0, int(left // 5 + 1) * 5)


@transaction.atomic
def ask(*, channel: Channel, kind: str, actor: User, arguments: dict[str, Any] | None = None) -> None:
    """Adds a command for the number's process. The holder of its lane executes it within a second."""
    LinkedNumber.objects.get_or_create(channel=channel)
    if kind == "pair":
        LinkedNumber.objects.filter(channel=channel).update(stage="starting", secret="", detail="")
    ChannelCommand.objects.create(channel=channel, kind=kind, arguments=arguments or {})
    audited = {key: value for key, value in (arguments or {}).items() if key in {"history", "name", "about"}}
    audit_channel(
        channel, actor, f"channel.{kind}", audited | ({"picture": True} if "picture" in (arguments or {}) else {})
    )


def _must_be_connected(channel: Channel) -> None:
    if channel.state != Channel.State.CONNECTED:
        raise DomainError(_("The number is not connected right now. Try again when it is."), code="not_connected")


def unlink(*, channel: Channel, actor: User) -> None:
    """Unlinks this device at WhatsApp. Queued messages stay, and linking again undoes it.

    Raises DomainError `not_connected`: then only the phone can unlink it.
    """
    if channel.state != Channel.State.CONNECTED:
        raise DomainError(
            _("The number is not connected right now. Unlink it on the phone: WhatsApp › Linked devices › WABolt."),
            code="not_connected",
        )
    ask(channel=channel, kind="logout", actor=actor)


def refresh_profile(*, channel: Channel, actor: User) -> None:
    """Reads the profile again. Raises DomainError `not_connected`."""
    _must_be_connected(channel)
    ask(channel=channel, kind="profile", actor=actor)


def command_error(channel: Channel) -> str:
    """Returns the text for the last command if it failed recently, or ""."""
    since = clock.now() - ERROR_SHOWN_FOR
    last = ChannelCommand.objects.filter(channel=channel, asked_at__gt=since, done_at__isnull=False).order_by("-id")
    newest = last.first()
    if newest is None or not newest.error:
        return ""
    words = {
        "profile": _("The profile could not be changed. Try again in a moment."),
        "logout": _("Unlinking did not work. Try again, or unlink it on the phone: WhatsApp › Linked devices."),
    }
    return words.get(newest.kind, "")


@transaction.atomic
def set_steps_done(*, channel: Channel, actor: User, done: Iterable[str]) -> None:
    """Stores which of PHONE_STEPS the owner has ticked."""
    number, _made = LinkedNumber.objects.get_or_create(channel=channel)
    chosen = set(done)
    ticks = [key for key in PHONE_STEPS if key in chosen]
    if ticks != number.phone_ticks:
        LinkedNumber.objects.filter(channel=channel).update(phone_ticks=ticks)
        audit_channel(channel, actor, "channel.ticks", {"done": ticks})


def save_profile(*, channel: Channel, actor: User, name: str, about: str, picture: bytes = b"") -> None:
    """Changes name, about text and picture (an uploaded file; empty: unchanged).

    Raises DomainError `not_connected`, `no_name`, `too_long`, or an error of `pictures.profile_jpeg`.
    """
    _must_be_connected(channel)
    if not name.strip():
        raise DomainError(_("Give this number a name."), code="no_name", field="name")
    if len(name) > MAX_NAME or len(about) > MAX_ABOUT:
        raise DomainError(_("This is longer than WhatsApp allows."), code="too_long", field="name")
    arguments = {}
    if picture:
        arguments["picture"] = base64.b64encode(profile_jpeg(picture)).decode()
    number = linked_number(channel)
    if name.strip() != number.profile_name:
        arguments["name"] = name.strip()
    if about.strip() != number.about:
        arguments["about"] = about.strip()
    if arguments:
        ask(channel=channel, kind="profile", actor=actor, arguments=arguments)
