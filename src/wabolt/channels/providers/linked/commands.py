"""Executes commands of pages for a linked number, advances its linking, and checks numbers."""

import base64
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from wabolt.channels.models import Channel, ChannelCommand, LinkedNumber, NumberCheck
from wabolt.channels.pictures import profile_jpeg
from wabolt.channels.providers.linked import old_chats
from wabolt.channels.providers.linked.process import Child
from wabolt.channels.services import NewRawEvent, note_phone, store_raw_events
from wabolt.lib import clock
from wabolt.lib.errors import DomainError

QR_SHOWN_FOR = timedelta(seconds=60)
"""Time for which pages show a QR code. The first code of an attempt is valid for a minute, later ones for twenty
seconds; each is replaced by the next."""
CODE_SHOWN_FOR = timedelta(seconds=150)
PAIRING_ATTEMPTS = 3
"""Processes that one linking starts until it has a code to show: a shop's connection is often away for a moment."""
FIRST_CODE_SECONDS = 30.0
"""Longest wait of such a process for its first code."""
STALE = timedelta(minutes=2)
"""Age from which a command is dropped."""
PROFILE_MAX_AGE, NAMELESS_MAX_AGE = timedelta(days=1), timedelta(seconds=5)
MAX_PROFILE_READS = 6
"""Limit of profile reads for one process: some accounts have no name at all."""
_profile_reads: WeakKeyDictionary[Child, int] = WeakKeyDictionary()
CHECK_KEPT = timedelta(days=30)
CHECK_BATCH = 50
CHECK_EVERY = timedelta(seconds=20)
"""Minimum interval between two checks. Frequent checks look like address harvesting."""
CHECKS_A_DAY = 250
"""Limit of checks a day, for the same reason."""


class CommandedProvider(Protocol):
    """The part of `LinkedProvider` that commands use."""

    channel: Channel
    child: Child | None

    def ask(self, do: str, seconds: float = ..., /, **arguments: Any) -> dict[str, Any]:
        """Executes one command in the child. Raises OSError when it fails."""
        ...

    def start_pairing(self) -> None:
        """Starts a process without a session, which shows QR codes."""
        ...

    def start_session(self) -> None:
        """Starts the process of the existing session at once."""
        ...


def number_of(channel: Channel) -> LinkedNumber:
    """Returns the LinkedNumber of the channel, created if missing."""
    return LinkedNumber.objects.get_or_create(channel=channel)[0]


def set_stage(
    channel: Channel, stage: str, *, secret: str = "", shown_for: timedelta | None = None, detail: str = ""
) -> None:
    """Stores the stage of linking. An expired code is removed."""
    until = clock.now() + shown_for if shown_for else None
    LinkedNumber.objects.filter(channel=channel).update(
        stage=stage, secret=secret, secret_until=until, detail=detail[:200]
    )


def may_pair_again(channel: Channel, attempt: int) -> bool:
    """Returns whether a linking starts another process after its process number `attempt` ended without a code."""
    return attempt < PAIRING_ATTEMPTS and number_of(channel).stage == "starting"


def pairing_ended(channel: Channel, why: str) -> bool:
    """Notes the end of a child; returns whether it was pairing."""
    number = number_of(channel)
    if number.stage not in {"starting", "qr", "code"}:
        return False
    set_stage(channel, "expired" if why == "expired" else "failed", detail=why)
    return True


def execute_commands(provider: CommandedProvider) -> None:
    """Advances the linking and executes open commands, oldest first."""
    channel = provider.channel
    _advance(provider, number_of(channel))
    for command in ChannelCommand.objects.filter(channel=channel, done_at=None).order_by("id")[:10]:
        error = ""
        if command.asked_at < clock.now() - STALE:
            error = "too late"
        else:
            try:
                _EXECUTORS[command.kind](provider, command.arguments)
            except OSError as problem:
                error = str(problem) or repr(problem)
        kept = {key: value for key, value in command.arguments.items() if key != "picture"}
        done = ChannelCommand.objects.filter(pk=command.pk)
        done.update(done_at=clock.now(), error=error[:300], arguments=kept)
    _give_up_orphan(provider)
    _refresh_profile(provider)


def _give_up_orphan(provider: CommandedProvider) -> None:
    """Ends a linking whose process belonged to an earlier holder of the lane."""
    if provider.child is not None:
        return
    number = LinkedNumber.objects.filter(channel=provider.channel, stage__in=["starting", "qr", "code"])
    asked = ChannelCommand.objects.filter(channel=provider.channel, done_at=None, kind="pair")
    if number.exists() and not asked.exists():
        set_stage(provider.channel, "failed", detail="gone")


def _refresh_profile(provider: CommandedProvider) -> None:
    """Reads the profile once for each connection and once a day. After a first link the name arrives late with the
    phone's settings, so it is read a few times more."""
    child = provider.child
    if child is None or not child.is_connected or _profile_reads.get(child, 0) >= MAX_PROFILE_READS:
        return
    number = number_of(provider.channel)
    age = clock.now() - number.profile_at if number.profile_at else timedelta.max
    if number.jid and number.stage == "linked" and age > (PROFILE_MAX_AGE if number.profile_name else NAMELESS_MAX_AGE):
        _profile_reads[child] = _profile_reads.get(child, 0) + 1
        _profile(provider, {})


def _advance(provider: CommandedProvider, number: LinkedNumber) -> None:
    child = provider.child
    if child is None or child.ended or number.stage not in {"starting", "qr", "code"}:
        return
    if child.is_connected:
        number.refresh_from_db(fields=["jid"])  # the child stored it with the `connected` event
        phone = f"+{number.jid.partition(':')[0]}"
        set_stage(provider.channel, "linked")
        note_phone(channel=provider.channel, phone=phone)
        _profile(provider, {})
    elif child.qr and number.stage == "starting" and number.detail:
        _show_code(provider, number.detail)
    elif child.qr and number.stage in {"starting", "qr"} and child.qr != number.secret:
        set_stage(provider.channel, "qr", secret=child.qr, shown_for=QR_SHOWN_FOR)


def _show_code(provider: CommandedProvider, phone: str) -> None:
    """Requests the code to type. WhatsApp refuses unknown numbers and too many attempts."""
    try:
        code = provider.ask("code", phone=phone.removeprefix("+"))["code"]
    except OSError as error:
        set_stage(provider.channel, "failed", detail=f"code: {error}")
        if provider.child is not None:
            provider.child.close()
    else:
        set_stage(provider.channel, "code", secret=code, shown_for=CODE_SHOWN_FOR)


def _pair(provider: CommandedProvider, arguments: dict[str, Any]) -> None:
    if number_of(provider.channel).jid:
        return
    old_chats.begin(provider.channel, wanted=bool(arguments.get("history")))
    set_stage(provider.channel, "starting", detail=arguments.get("phone", ""))
    provider.start_pairing()


def _cancel(provider: CommandedProvider, _arguments: dict[str, Any]) -> None:
    if number_of(provider.channel).stage in {"starting", "qr", "code"} and provider.child is not None:
        provider.child.close()
        set_stage(provider.channel, "")


def _reconnect(provider: CommandedProvider, _arguments: dict[str, Any]) -> None:
    provider.start_session()


def _logout(provider: CommandedProvider, _arguments: dict[str, Any]) -> None:
    provider.ask("logout")
    LinkedNumber.objects.filter(channel=provider.channel).update(jid="", lid="", stage="", picture_data=None)
    old_chats.begin(provider.channel, wanted=False)
    store_raw_events(channel=provider.channel, events=[NewRawEvent("logged_out", {"by": "us"}, clock.now())])
    if provider.child is not None:
        provider.child.ended = "logged_out"


def _profile(provider: CommandedProvider, arguments: dict[str, Any]) -> None:
    number = number_of(provider.channel)
    try:
        profile = provider.ask("profile", **arguments, have=number.picture if number.picture_data else "")
    except OSError:
        if arguments:
            raise
        return  # only a read: the next one will do
    changes: dict[str, Any] = {
        "profile_name": profile["name"][:100],
        "about": profile["about"][:200],
        "picture": profile.get("picture", number.picture)[:100],
        "profile_at": clock.now(),
    }
    if "picture" in arguments:
        changes["picture_data"] = base64.b64decode(arguments["picture"])
    elif not changes["picture"]:
        changes["picture_data"] = None
    elif profile.get("image"):
        with suppress(DomainError):  # a picture from the network is as untrusted as an upload
            changes["picture_data"] = profile_jpeg(base64.b64decode(profile["image"]), least=0)
    LinkedNumber.objects.filter(channel=provider.channel).update(**changes)


def _check(provider: CommandedProvider, arguments: dict[str, Any]) -> None:
    check_numbers(provider, arguments["phones"])


_EXECUTORS = {
    "pair": _pair,
    "cancel": _cancel,
    "reconnect": _reconnect,
    "logout": _logout,
    "profile": _profile,
    "check": _check,
}


def check_numbers(provider: CommandedProvider, phones: Sequence[str]) -> dict[str, bool | None]:
    """Returns whether these numbers are on WhatsApp, None if unknown. Checks at most `CHECK_BATCH` unknown ones, within
    the limits."""
    now = clock.now()
    fresh = NumberCheck.objects.filter(
        channel=provider.channel, phone__in=list(phones), checked_at__gt=now - CHECK_KEPT
    )
    known: dict[str, bool] = dict(fresh.values_list("phone", "is_on"))
    checks = NumberCheck.objects.filter(channel=provider.channel)
    left = max(0, CHECKS_A_DAY - checks.filter(checked_at__gt=now - timedelta(days=1)).count())
    missing = [phone for phone in dict.fromkeys(phones) if phone not in known][: min(CHECK_BATCH, left)]
    # A row from the future (the clock was set back) must not block checks.
    lately = checks.filter(checked_at__gt=now - CHECK_EVERY, checked_at__lte=now)
    if missing and provider.child is not None and provider.child.is_connected and not lately.exists():
        try:
            found = provider.ask("check", phones=missing)["found"]
        except OSError:
            found = {}
        answers = {phone: found[phone]["is_on"] for phone in missing if phone in found}
        NumberCheck.objects.bulk_create(
            [NumberCheck(channel=provider.channel, phone=p, is_on=on, checked_at=now) for p, on in answers.items()],
            update_conflicts=True,
            update_fields=["is_on", "checked_at"],
            unique_fields=["channel", "phone"],
        )
        known |= answers
    return {phone: known.get(phone) for phone in phones}
