"""Removes the data of the simulated world about erased people."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import QuerySet

from wabolt.channels.models import Channel
from wabolt.channels.providers.simulator.models import PlayedPhone, SimulatedDelivery, SimulatedFile, SimulatedReply

_EVENTS = r"""
DELETE FROM channels_simulatedevent e
WHERE e.channel_id = ANY(%(channels)s) AND EXISTS (
    SELECT FROM regexp_matches(e.payload::text, '\d{6,}', 'g') AS run WHERE run[1] = ANY(%(digits)s))
"""


def forget_people(channels: QuerySet[Channel], phones: Sequence[str], digits: Sequence[str]) -> None:
    """Deletes chats, files and planned events of these numbers (`digits`: as runs of digits), in the caller's
    transaction."""
    answers = SimulatedReply.objects.filter(channel__in=channels, phone__in=phones)
    SimulatedFile.objects.filter(channel__in=channels, key__in=list(answers.values_list("key", flat=True))).delete()
    answers.delete()
    SimulatedDelivery.objects.filter(channel__in=channels, phone__in=phones).delete()
    PlayedPhone.objects.filter(channel__in=channels, phone__in=phones).delete()
    with connection.cursor() as cursor:
        ids = list(channels.values_list("pk", flat=True))
        cursor.execute(_EVENTS, {"channels": ids, "digits": list(digits)})
