"""The gateway for rooms above: they import services only."""

import threading

from wabolt.channels.models import Channel


def run_gateway(*, stop: threading.Event | None = None) -> None:
    """Carries messages out and in until `stop` is set or a signal ends the process (`messaging.gateway.run`)."""
    from wabolt.messaging import gateway  # it stands on these services

    gateway.run(stop=stop)


def work_lane_once(channel: Channel, *, limit: int | None = None) -> int:
    """One turn of a channel's lane, here and now (`messaging.gateway.work_lane_once`)."""
    from wabolt.messaging import gateway

    return gateway.work_lane_once(channel, limit=limit)
