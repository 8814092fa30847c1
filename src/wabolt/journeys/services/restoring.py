"""Journeys after a restore."""

from django.db import transaction

from wabolt.journeys.models import Journey
from wabolt.journeys.services.sending import ORIGIN
from wabolt.lib import clock
from wabolt.lib.restore import Restore, Rows, carry_over
from wabolt.messaging.services import pause_origin

_OF_SHOPS = "journey_id IN (SELECT id FROM journeys_journey WHERE workspace_id = ANY(%s))"
_RUNS = "enrollment_id IN (SELECT id FROM journeys_enrollment WHERE workspace_id = ANY(%s))"
_PUBLISHED = ("version_id", "state", "draft", "draft_version", "tested_version", "published_at")
_LIFE = (
    "step_id", "state", "waiting_since", "is_behind", "due_at", "visit", "arrived_after", "context", "steps_day",
    "steps_today", "ended_at", "reason", "error",
)  # fmt: skip


@transaction.atomic
def carry_people(restore: Restore) -> None:
    """Copies the versions, the people and their runs from the previous database, for journeys that the backup has. No
    person then runs a step again. Journeys that were made since the backup are lost."""
    shops = (list(restore.shops),)
    of_shops = "workspace_id = ANY(%s)"
    carry_over(restore, Rows("journeys_journeyversion", _OF_SHOPS, shops))
    kept = ("content_id", "retired_at")
    carry_over(restore, Rows("journeys_journeystep", _OF_SHOPS, shops, same=("journey_id",), update=kept))
    begun = f"{of_shops} AND version_id IS NOT NULL"
    carry_over(restore, Rows("journeys_journey", begun, shops, update=_PUBLISHED, insert=False))
    carry_over(restore, Rows("journeys_enrollment", of_shops, shops, same=("journey_id",), update=_LIFE))
    carry_over(restore, Rows("journeys_entrycount", _OF_SHOPS, shops, key=("journey_id",), update=("entered",)))
    carry_over(restore, Rows("journeys_steprun", _RUNS, shops))


@transaction.atomic
def pause_all(restore: Restore) -> None:
    """Pauses all journeys. In a shop without a previous database people may have gone further since the backup, so a
    member decides whether they go on from there."""
    for journey in Journey.objects.filter(state=Journey.State.ACTIVE).select_related("workspace"):
        Journey.objects.filter(pk=journey.pk).update(state=Journey.State.PAUSED, changed_at=clock.now())
        for step_id in journey.steps.filter(kind="send").values_list("pk", flat=True):
            pause_origin(workspace=journey.workspace, origin_kind=ORIGIN, origin_id=step_id)
