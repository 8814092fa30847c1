"""Background entry points of alerts."""

import logging

from wabolt.alerts import services
from wabolt.lib import jobs

log = logging.getLogger(__name__)


def _announce() -> None:
    services.resolve_ended()
    while services.announce_due():
        pass
    services.queue_due()


@jobs.task("alerts.announce")
def announce() -> None:
    """Announces alerts that have just opened."""
    _announce()


@jobs.every("* * * * *", "alerts.announce_due")
def announce_due() -> None:
    """Every minute: announces due alerts, and sends deliveries whose wait is over."""
    _announce()


@jobs.task("alerts.deliver")
def deliver(channel: str) -> None:
    """Sends some due deliveries of a channel. Further ones get a job behind those of the other channels.

    A failure is logged and not raised: a job that waits for its retry would hold up the jobs of the other channels,
    which have the same lock. The job of the next minute sends the deliveries.
    """
    try:
        has_sent = services.deliver_due(channel=channel) > 0
    except Exception:
        log.exception("alerts: the deliveries of the channel %s failed", channel)
        return
    if has_sent:
        services.queue_due()


@jobs.every("27 20 * * *", "alerts.purge")
def purge() -> None:
    """Once a day: deletes old resolved alerts."""
    services.purge_resolved()
