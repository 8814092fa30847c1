"""The number that writes to a person in a journey."""

from collections.abc import Sequence

from wabolt.channels.models import Channel
from wabolt.journeys.models import Journey
from wabolt.messaging.models import Conversation


def senders(journey: Journey, contact_ids: Sequence[int]) -> dict[int, Channel]:
    """{contact id: channel}: the number of the journey, else the one on which the person and the shop last wrote, else
    the oldest of the shop. A contact without an entry has none."""
    channels = Channel.objects.filter(workspace=journey.workspace_id, archived_at=None).select_related("workspace")
    known = {channel.pk: channel for channel in channels.order_by("pk")}
    if not known:
        return {}
    usual = known.get(journey.channel_id or 0)
    if usual is not None:
        return dict.fromkeys(contact_ids, usual)
    oldest = next(iter(known.values()))
    found = dict.fromkeys(contact_ids, oldest)
    if len(known) > 1:
        talks = Conversation.objects.filter(contact__in=contact_ids, channel__in=known, last_message_at__isnull=False)
        rows = talks.order_by("last_message_at").values_list("contact", "channel")
        found |= {contact: known[channel] for contact, channel in rows}
    return found
