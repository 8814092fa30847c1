"""Background entry points of segments."""

from wabolt.lib import jobs
from wabolt.segments import services
from wabolt.segments.services.live import TEND


@jobs.every("* * * * *", TEND)
def tend_live() -> None:
    """Runs `services.tend_live` once a minute, and after a segment was made live or changed."""
    services.tend_live()
