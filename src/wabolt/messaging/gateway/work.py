"""One turn of one lane."""

from wabolt.channels.models import Channel


def work_lane_once(channel: Channel, *, limit: int | None = None) -> int:
    """Takes the lane, sends one batch and lets the lane go again; returns how many messages were attempted.
    For tests and simulated time: no threads, no waiting. 0 when nothing is due or another process holds the lane."""
    raise NotImplementedError
