"""Background work of media."""

from wabolt.lib import jobs
from wabolt.media.services import purge_media


@jobs.every("53 19 * * *", "media.purge")
def purge() -> None:
    """Delete files that nothing refers to. Runs once a day, at night in Indonesia."""
    purge_media()
