"""The process that works lanes: it holds their leases (`gateway.lease`) and runs one thread per lane (`gateway.loop`,
`gateway.work`)."""

from wabolt.messaging.gateway.loop import run
from wabolt.messaging.gateway.work import work_lane_once

__all__ = ["run", "work_lane_once"]
