"""Calling the address of a webhook step. One job per person; a failed call is tried again."""

import json

from wabolt.consent.queries import restriction_of
from wabolt.contacts.services import note_disclosure
from wabolt.journeys.models import Enrollment
from wabolt.journeys.queries.plans import published
from wabolt.journeys.rules.definition import Webhook
from wabolt.journeys.rules.keys import step_key
from wabolt.lib import clock
from wabolt.lib.outgoing import PrivateAddressError
from wabolt.lib.webhooks import post_signed


class WebhookFailedError(Exception):
    """The address did not answer with a status of success."""


def call_webhook(*, enrollment_id: int, step_id: int, visit: int) -> None:
    """Posts the ids of the person and of the journey as signed JSON. The header `webhook-id` is the same in each
    attempt. That the address got them is noted first, so that an erasure can tell it. A call about a person whose data
    may not be used for now is left out.

    Redirects are not followed, and addresses in private networks are not called. Raises WebhookFailedError or an error
    of `post_signed`; the job tries again.
    """
    rows = Enrollment.objects.select_related("journey__workspace", "contact")
    person = rows.filter(pk=enrollment_id, contact__erased_at=None).first()
    if person is None or person.journey.version_id is None:
        return
    version = published(person.journey)
    step = version.plan.steps.get(version.keys.get(step_id, ""))
    if not isinstance(step, Webhook):  # the step was deleted meanwhile
        return
    body = {
        "journey": person.journey_id, "name": person.journey.name, "step": step.id, "contact": person.contact_id,
        "entry_key": person.entry_key, "at": clock.now().isoformat(),
    }  # fmt: skip
    workspace = person.journey.workspace
    if restriction_of(workspace, person.contact_id) is not None:
        return
    if not note_disclosure(workspace=workspace, contact_id=person.contact_id, address=step.url, by="journey"):
        return
    key = step_key(enrollment_id, step_id, visit)
    try:
        status = post_signed(step.url, body=json.dumps(body).encode(), message_id=key, workspace_id=workspace.pk)
    except PrivateAddressError:
        return
    if status >= 300:
        raise WebhookFailedError(f"status {status}")
