"""The cards on the page of numbers."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.channels import registry, rules
from wabolt.channels.models import Channel
from wabolt.channels.queries.numbers import EventCounts, channels, event_counts, quiet_hours
from wabolt.channels.registry import StatusProvider, providers
from wabolt.channels.registry.ports import LaneState
from wabolt.lib.quiet_hours import Hours

_HEALTH: dict[str, tuple[str | Promise, str | Promise]] = {
    "healthy": (_("Healthy"), _("Connected and within its limits.")),
    "paused": (_("Paused"), _("Nothing is sent until you resume.")),
    "used_up": (_("Used up for today"), _("Promotions go on tomorrow. Replies still go out.")),
    "events": (_("Needs attention"), _("Some of what came in could not be understood. Nothing is lost.")),
    "offline": (_("Offline"), _("Messages wait and go out when the connection is back.")),
    "not_connected": (_("Not connected"), _("Connect this number to send with it.")),
    "logged_out": (_("Unlinked"), _("Link this number again to go on. What waits is kept.")),
    "banned": (_("Banned"), _("WhatsApp has blocked this number. Stop sending and ask WhatsApp for a review.")),
}


@dataclass(frozen=True, slots=True)
class NumberCard:
    """A number with the content of its card. `hours`: the quiet hours that it keeps. `tone`: good, warning or bad."""

    channel: Channel
    provider_label: str | Promise
    is_simulation: bool
    hours: Hours
    lane: LaneState | None
    events: EventCounts
    tone: str
    word: str | Promise
    sentence: str | Promise


def number_cards(workspace: Workspace) -> list[NumberCard]:
    """Returns the cards of all numbers in use. The number of statements is constant."""
    found = list(channels(workspace).select_related("workspace", "linked_number"))
    events = event_counts(workspace, [channel.pk for channel in found])
    lanes = registry.lanes()
    states = lanes.states(workspace, found) if lanes and found else {}
    return [_card(channel, states.get(channel.pk), events[channel.pk]) for channel in found]


def _card(channel: Channel, state: LaneState | None, events: EventCounts) -> NumberCard:
    health = rules.health(
        channel.state,
        is_paused=state is not None and state.paused_at is not None,
        is_used_up=state is not None and state.sent_today >= state.allowed_today > 0,
        poisoned=events.poisoned,
    )
    word, sentence = _HEALTH[health.code]
    tone = health.tone
    provider = providers.provider_class(channel.provider)
    if isinstance(provider, StatusProvider) and (channel.state != Channel.State.CONNECTED or tone == "good"):
        status = provider.connection_status(channel)
        if status.tone != "good":
            tone, word, sentence = status.tone, status.word, status.sentence
    capabilities = providers.capabilities(channel.provider)
    return NumberCard(
        channel=channel,
        provider_label=providers.LABELS[channel.provider],
        is_simulation=capabilities.is_simulation,
        hours=quiet_hours(channel),
        lane=state,
        events=events,
        tone=tone,
        word=word,
        sentence=sentence,
    )
