"""The number that writes to a person in a journey."""

from collections.abc import Sequence

from wabolt.channels.models import Channel
from wabolt.channels.queries import channels
from wabolt.channels.registry import capabilities
from wabolt.journeys.models import Journey
from wabolt.messaging.queries import channels_for


def possible_senders(journey: Journey) -> list[Channel]:
    """The numbers that may write to people in the journey: its own, else all of the shop."""
    found = list(channels(journey.workspace).select_related("workspace"))
    own = [channel for channel in found if channel.pk == journey.channel_id]
    return own or found


def needs_template(channel: Channel) -> bool:
    """Whether a number writes to people who have not just written only with an approved template."""
    return capabilities(channel.provider).needs_templates


def senders(journey: Journey, contact_ids: Sequence[int]) -> dict[int, Channel]:
    """{contact id: channel}: the number of the journey, else the one that other messages to the person go over. A
    contact without an entry has none."""
    own = next((channel for channel in possible_senders(journey) if channel.pk == journey.channel_id), None)
    return dict.fromkeys(contact_ids, own) if own else channels_for(journey.workspace, contact_ids)
