"""Background work of media."""

from wabolt.lib import jobs
from wabolt.media.services import purge_media


@jobs.every("53 19 * * *", "media.purge")
def purge() -> None:
    """Deletes files that are not used. Runs once a day, at night in Indonesia."""
    purge_media()
