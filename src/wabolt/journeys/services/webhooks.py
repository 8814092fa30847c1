"""Calling the address of a webhook step. One job per person; a failed call is tried again."""

import json

import httpx

from wabolt.journeys.models import Enrollment
from wabolt.journeys.queries.plans import published
from wabolt.journeys.rules.definition import Webhook
from wabolt.lib import clock
from wabolt.lib.outgoing import PrivateAddressError, resolve_public

SECONDS = 10.0


class WebhookFailedError(Exception):
    """The address did not answer with a status of success."""


def call_webhook(*, enrollment_id: int, step_id: int, visit: int) -> None:
    """Posts the ids of the person and of the journey as JSON. The header `Idempotency-Key` is the same in each attempt.

    Redirects are not followed, and addresses in private networks are not called. Raises WebhookFailedError or an error
    of httpx; the job tries again.
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
    try:
        status = _post(step.url, json.dumps(body).encode(), f"journey:{enrollment_id}:{step_id}:{visit}")
    except PrivateAddressError:
        return
    if status >= 300:
        raise WebhookFailedError(f"status {status}")


def _post(address: str, body: bytes, key: str) -> int:
    url = httpx.URL(address)
    found = resolve_public(url.host, url.port or (443 if url.scheme == "https" else 80))
    headers = {"Host": url.netloc.decode(), "Content-Type": "application/json", "Idempotency-Key": key}
    with (
        httpx.Client(timeout=SECONDS, trust_env=False, follow_redirects=False) as client,
        client.stream(
            "POST", url.copy_with(host=found), content=body, headers=headers,
            extensions={"sni_hostname": url.host},
        ) as answer,
    ):  # fmt: skip
        return answer.status_code
