"""The list of erased people next to the backups: written after each erasure and each backup, replayed by a restore."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from wabolt.accounts.models import Workspace
from wabolt.backups.services import store_erasure_list
from wabolt.contacts.models import ErasedIdentity
from wabolt.contacts.queries import erased_people
from wabolt.contacts.services.restoring import replay_erasures
from wabolt.lib import clock, erasure_lists, jobs

RETRY_AFTER = timedelta(hours=1)
_RETRY_JOB = "contacts.retry_erasure_list"
log = logging.getLogger(__name__)


def write_erasure_list() -> bool:
    """Writes the list into every place for backups. Returns whether all places have it. A place that is unavailable,
    such as an unplugged disk, gets it within an hour of its return."""
    errors = store_erasure_list(content=erasure_lists.sealed(settings.ERASURE_KEY, _content()))
    for error in errors:
        log.warning("the list of erased people was not stored: %s", error)
    if errors:
        # The retry is a separate job: a job that waits for its time keeps the lock, which would delay all later ones.
        jobs.defer(_RETRY_JOB, at=clock.now() + RETRY_AFTER, once=_RETRY_JOB)
    return not errors


def replay_erasure_list(*, content: Mapping[str, Any], made_at: datetime) -> int:
    """Erases again the people of a list whose data was erased after `made_at`, the time of the restored backup. Returns
    their number. A shop is recognised by its id and its time of creation."""
    done = 0
    for shop in content["shops"]:
        workspace = Workspace.objects.filter(pk=shop["id"], created_at=shop["created_at"]).first()
        if workspace is not None:
            log = [(kind, digest, datetime.fromisoformat(at)) for kind, digest, at in shop["log"]]
            people = [
                (pk, datetime.fromisoformat(created_at))
                for pk, created_at, erased_at in shop["people"]
                if datetime.fromisoformat(erased_at) > made_at
            ]
            done += replay_erasures(workspace=workspace, made_at=made_at, log=log, people=people)
    return done


def _content() -> dict[str, Any]:
    return {"shops": [_of_shop(workspace) for workspace in Workspace.objects.order_by("pk")]}


def _of_shop(workspace: Workspace) -> dict[str, Any]:
    log = ErasedIdentity.objects.filter(workspace=workspace).order_by("pk").values_list("kind", "digest", "at")
    return {
        "id": workspace.pk,
        "created_at": workspace.created_at.isoformat(),
        "log": [(kind, digest, at.isoformat()) for kind, digest, at in log],
        "people": [(pk, made.isoformat(), gone.isoformat()) for pk, made, gone in erased_people(workspace)],
    }
