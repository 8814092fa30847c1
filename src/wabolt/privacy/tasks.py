"""Background jobs of the privacy desk."""

from wabolt.lib import jobs
from wabolt.privacy.services import (
    delete_old_tickets,
    empty_old_exports,
    finish_erasures,
    run_due,
    send_notices,
    send_notices_due,
    update_deadline_alerts,
)


@jobs.every("* * * * *", "privacy.finish_erasures")
def finish() -> None:
    finish_erasures()


@jobs.every("* * * * *", "privacy.erasure_notices")
def erasure_notices() -> None:
    send_notices_due()


@jobs.every("*/10 * * * *", "privacy.clocks")
def clocks() -> None:
    update_deadline_alerts()
    empty_old_exports()
    delete_old_tickets()


@jobs.every("12 * * * *", "privacy.retention")
def retention() -> None:
    run_due()


@jobs.task("privacy.send_notices")
def notices(breach_id: int) -> None:
    send_notices(breach_id=breach_id)
