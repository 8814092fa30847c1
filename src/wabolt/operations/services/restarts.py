"""The alert that a part of WABolt keeps dying: the supervisor starts it again each time, so it may look well."""

from django.db import connection, transaction

from wabolt.alerts.services import open_alert_of_installation, resolve_alert_of_installation
from wabolt.lib.advisory import lock_until_commit
from wabolt.operations.models import Process
from wabolt.operations.queries.processes import living_processes, recent_crashes
from wabolt.operations.rules import keeps_dying

KEEPS_DYING = "operations.keeps_dying"


@transaction.atomic
def check_restarts() -> None:
    """Opens the alert for each kind of process that keeps dying, and resolves it when the kind has stayed up.

    Each process calls it between two heartbeats: the one that keeps dying may not live long enough.
    """
    with connection.cursor() as cursor:
        lock_until_commit(cursor, "operations.restarts")
    crashes, now = recent_crashes()
    living = set(living_processes().values_list("kind", flat=True))
    for kind in Process.Kind.values:
        match keeps_dying(crashes.get(kind, ()), now):
            case True:
                open_alert_of_installation(kind=KEEPS_DYING, subject=kind)
            case False if kind in living:
                resolve_alert_of_installation(kind=KEEPS_DYING, subject=kind)
