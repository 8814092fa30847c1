"""Wakes the worker of a lane with a notification that is sent when the transaction commits."""

from django.db import connection

from wabolt.channels.registry import LANE_TOPIC


def wake_lane(channel_id: int) -> None:
    """Wakes the worker of the channel's lane when the current transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [LANE_TOPIC, str(channel_id)])
