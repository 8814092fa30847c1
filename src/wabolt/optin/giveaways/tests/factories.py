"""Factories for giveaways, and customers who write."""

import itertools
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging.models import IncomingFile, Message
from wabolt.messaging.services import process_raw_events
from wabolt.optin.giveaways.services import GiveawayDraft, create_giveaway
from wabolt.optin.models import Entrant, Giveaway

_numbers = itertools.count()
PERMIT = "123/HIB/UGB/2026"


def make_draft(channel: Channel, **fields: object) -> GiveawayDraft:
    """The settings of a giveaway; a voucher of 10 % for everyone who writes BATIK unless told otherwise."""
    kind = fields.get("kind", "reward")
    values: dict[str, object] = {
        "kind": kind,
        "name": "Bagi-bagi batik",
        "channel": channel,
        "word": "BATIK",
        "prize": "Diskon 10% untuk semua",
        "reward_percent": 10 if kind == "reward" else 0,
    }
    if kind != "reward":
        values |= {"closes_at": clock.now() + timedelta(days=3)}
    if kind == "contest":
        values |= {"criteria": "Foto paling kreatif"}
    if kind == "draw":
        values |= {"permit_number": PERMIT}
    return GiveawayDraft(**(values | fields))  # type: ignore[arg-type]


def make_giveaway(channel: Channel, **fields: object) -> Giveaway:
    """Creates an open giveaway with the settings of `make_draft`."""
    return create_giveaway(workspace=channel.workspace, draft=make_draft(channel, **fields))


def phone(number: int) -> str:
    """The number of a customer."""
    return f"+628120{number:07}"


def say(channel: Channel, text: str, *who: int, **more: object) -> None:
    """Customers write this text, the first one unless told otherwise, and it is taken in."""
    say_together(channel, [(one, text) for one in who or (1,)], **more)


def say_together(channel: Channel, messages: Iterable[tuple[int, str]], **more: object) -> None:
    """Messages as (customer, text) are taken in together."""
    for who, text in messages:
        World.of(channel).tell_message(phone(who), text, f"give-{next(_numbers)}", **more)
    _take_in(channel)


def show(channel: Channel, who: int = 1, text: str = "📷", **more: object) -> None:
    """A customer sends a picture, with a caption behind the sign."""
    World.of(channel).tell_file(phone(who), f"give-{next(_numbers)}", b"", text=text, **more)
    _take_in(channel)


def _take_in(channel: Channel) -> None:
    ScriptedProvider(channel).collect(1000)
    process_raw_events(channel)


def person(who: int = 1) -> Contact:
    """The customer's contact."""
    return Contact.objects.get(identities__value=phone(who))


def answers(who: int = 1) -> list[str]:
    """The texts that the giveaway sent to a customer."""
    sent = Message.objects.filter(direction="outbound", origin_kind="giveaway", contact=person(who))
    return list(sent.order_by("pk").values_list("text", flat=True))


def _made(workspace: Workspace, **fields: object) -> Giveaway:
    return make_giveaway(make_channel(workspace), word=f"KATA {next(_numbers)}", **fields)


def _of(**fields: object) -> Callable[[Workspace], Mapping[str, Any]]:
    return lambda workspace: {"giveaway_id": _made(workspace, **fields).pk}


def _entry(workspace: Workspace) -> Mapping[str, Any]:
    """A contest with an entry whose picture is being loaded."""
    contest, contact = _made(workspace, kind="contest"), make_contact(workspace)
    message = Message.objects.create(
        workspace=workspace, channel=contest.point.channel, contact=contact, direction="inbound", state="received"
    )
    IncomingFile.objects.create(message=message, channel=contest.point.channel, kind="image")
    Entrant.objects.create(
        workspace=workspace, giveaway=contest, contact=contact, number=1, ticket=f"GUARD{contest.pk}",
        message_id=message.pk, entered_at=clock.now(), picture_id=message.pk, text="Kebaya nenek",
    )  # fmt: skip
    return {"giveaway_id": contest.pk, "number": 1}


def _contest(workspace: Workspace) -> Mapping[str, Any]:
    return {"giveaway_id": _entry(workspace)["giveaway_id"]}


ISOLATION: Mapping[str, Callable[[Workspace], Mapping[str, Any]]] = {
    "giveaway": _of(),
    "edit_giveaway": _of(),
    "giveaway_people": _contest,
    "giveaway_scoring": _contest,
    "giveaway_publish": _contest,
    "giveaway_score": _entry,
    "giveaway_draw": _of(kind="draw"),
    "giveaway_lock": _of(kind="draw"),
    "giveaway_draw_now": _of(kind="draw"),
    "giveaway_drop": _of(kind="draw"),
}
"""Objects of the routes of giveaways (`tests/guards/test_isolation.py`)."""
