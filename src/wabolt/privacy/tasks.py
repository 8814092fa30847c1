"""Background jobs of the privacy desk."""

from wabolt.lib import jobs
from wabolt.privacy.services import (
    delete_old_tickets,
    empty_old_packs,
    finish_erasures,
    ring_clocks,
    run_due,
    send_notices,
)


@jobs.every("* * * * *", "privacy.finish_erasures")
def finish() -> None:
    finish_erasures()


@jobs.every("*/10 * * * *", "privacy.clocks")
def clocks() -> None:
    ring_clocks()
    empty_old_packs()
    delete_old_tickets()


@jobs.every("12 * * * *", "privacy.retention")
def retention() -> None:
    run_due()


@jobs.task("privacy.send_notices")
def notices(breach_id: int) -> None:
    send_notices(breach_id=breach_id)
