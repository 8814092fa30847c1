"""Contact actions that run for people who join through a way in, get a seat at an event, or enter a giveaway."""

import logging
from collections.abc import Sequence

from django.db import transaction

from wabolt.accounts.models import Workspace
from wabolt.accounts.services import record_audit
from wabolt.contacts.registry import ActionCall, ActionRun, check_calls, contact_action, read_calls
from wabolt.lib.errors import DomainError
from wabolt.optin.models import EntryPoint

log = logging.getLogger(__name__)
ORIGIN_KIND = "entry_point"


@transaction.atomic
def save_actions(*, workspace: Workspace, point_id: int, calls: Sequence[ActionCall]) -> EntryPoint:
    """Stores the actions that run after a person has joined. Raises EntryPoint.DoesNotExist and as `check_calls`."""
    point = EntryPoint.objects.select_for_update(no_key=True).get(workspace=workspace, pk=point_id)
    point.then = [call.stored() for call in check_calls(workspace, calls)]
    point.save(update_fields=["then"])
    record_audit(workspace=workspace, action="entry_point.edit", target=("entry_point", point.pk))
    return point


def action_sentences(point: EntryPoint) -> list[str]:
    """The actions of a way in as sentences for the owner."""
    return [call.sentence(point.workspace) for call in read_calls(point.then)]


def run_actions(point: EntryPoint, keys: dict[int, str]) -> None:
    """Runs the actions of a way in for people who came through it, in the caller's transaction.

    `keys`: as in `ActionRun`; a second run with the same keys creates nothing. An action that is refused is logged and
    left out.
    """
    for place, call in enumerate(read_calls(point.then)):
        action = contact_action(call.key)
        if action is None:
            continue
        placed = {contact: f"{key}:{place}" for contact, key in keys.items()}
        try:
            with transaction.atomic():
                action.apply(ActionRun(point.workspace, placed, call.params, (ORIGIN_KIND, point.pk)))
        except DomainError as error:
            log.warning("the action %s of the way in %s was refused: %s", call.key, point.pk, error.code)
