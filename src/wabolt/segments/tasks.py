"""Background entry points of segments."""

from wabolt.lib import jobs
from wabolt.segments import services
from wabolt.segments.services.live import TEND


@jobs.every("* * * * *", TEND)
def tend_live() -> None:
    """Once a minute, and when a segment was made live or changed: see `services.tend_live`."""
    services.tend_live()
