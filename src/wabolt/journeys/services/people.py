"""The people of journeys when contacts are merged, parted or erased."""

from collections.abc import Sequence

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.journeys.models import AT_ONCE, Enrollment, Journey
from wabolt.journeys.services.positions import end
from wabolt.lib import clock
from wabolt.lib.sql import statement

OPEN = (Enrollment.State.ACTIVE, Enrollment.State.PARKED)
_REOPEN = statement(__file__, "reopen")


@transaction.atomic
def end_merged(*, workspace: Workspace, absorbed_id: int) -> list[int]:
    """Ends the open enrollments that stayed with an absorbed contact, because the kept one has the same occasion.
    Returns their ids. Their queued messages are cancelled, so that no step reaches a person twice."""
    rows = Enrollment.objects.filter(workspace=workspace, contact=absorbed_id, state__in=OPEN)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    end(workspace, dict.fromkeys(ids, "merged"))
    return ids


@transaction.atomic
def reopen(*, workspace: Workspace, enrollment_ids: Sequence[int]) -> None:
    """Takes enrollments up again that `end_merged` ended, at the step at which they were."""
    with connection.cursor() as cursor:
        cursor.execute(
            _REOPEN,
            {"ids": list(enrollment_ids), "workspace": workspace.pk, "due": AT_ONCE, "now": clock.now()},
        )


@transaction.atomic
def end_erased(*, workspace: Workspace, contact_ids: Sequence[int]) -> None:
    """Ends all open enrollments of people whose data is about to be erased."""
    rows = Enrollment.objects.filter(workspace=workspace, contact__in=contact_ids, state__in=OPEN)
    end(workspace, dict.fromkeys(rows.values_list("pk", flat=True), "erased"))


@transaction.atomic
def end_for_contacts(*, journey: Journey, contact_ids: Sequence[int]) -> set[int]:
    """Ends the open enrollments of these contacts in a journey. Returns the contacts that were inside."""
    rows = Enrollment.objects.filter(journey=journey, contact__in=contact_ids, state__in=OPEN)
    found = dict(rows.order_by("pk").values_list("pk", "contact"))
    end(journey.workspace, dict.fromkeys(found, "ended_by_action"))
    return set(found.values())
