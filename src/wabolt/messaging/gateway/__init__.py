"""The process that carries messages out: lanes held by lease, one thread a lane (see gateway.lease, gateway.work)."""

from wabolt.messaging.gateway.loop import run
from wabolt.messaging.gateway.work import work_lane_once

__all__ = ["run", "work_lane_once"]
