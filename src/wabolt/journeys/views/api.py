"""The address at which another program lets a person into a journey."""

import json
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from wabolt.accounts.models import ApiKey
from wabolt.accounts.queries import api_key_for
from wabolt.accounts.services import note_api_key_use
from wabolt.contacts.models import Identity
from wabolt.contacts.queries import find_by_identity
from wabolt.journeys import services
from wabolt.journeys.models import Journey
from wabolt.journeys.queries.pages import access_journey
from wabolt.journeys.views.common import published_of
from wabolt.lib.errors import DomainError
from wabolt.lib.phones import parse_phone
from wabolt.lib.refusal import Refusal
from wabolt.lib.roles import at_least
from wabolt.lib.text import is_storable
from wabolt.lib.web import public

LONGEST_KEY = 60
"""Length of `Enrollment.entry_key`."""


@csrf_exempt  # the key is the authority; no cookie is read
@public("another program calls it with a secret API key")
@require_POST
def entries(request: HttpRequest, journey_id: int) -> JsonResponse:
    """Lets one customer in: {"phone": "0812...", "key": "order 17"}. `key`: the occasion, "" for none.

    The key of the API, of a manager or an owner, comes as "Authorization: Bearer wab_...". Answers {"entered": true} or
    false, with 200 in both cases: the entry rule of the journey decides. Errors: {"error": code} with 400 (no JSON, bad
    phone or key), 401 (no such API key), 403 (weak role), 404 (no such journey or customer), 409 (the journey is not
    live, or another trigger starts it).
    """
    word, _space, secret = request.headers.get("Authorization", "").partition(" ")
    key = api_key_for(secret.strip()) if word.lower() == "bearer" and secret.strip() else None
    if key is None:
        return _error("unknown_api_key", HTTPStatus.UNAUTHORIZED)
    if not at_least(key.role, "manager"):
        return _error("weak_role", HTTPStatus.FORBIDDEN)
    note_api_key_use(key=key)
    try:
        journey = access_journey(key.workspace, journey_id)
    except Journey.DoesNotExist:
        return _error("unknown_journey", HTTPStatus.NOT_FOUND)
    definition = published_of(journey)
    if definition is None or definition.trigger.kind != "api":
        return _error("not_started_by_api", HTTPStatus.CONFLICT)
    return _enter(request, key, journey)


def _enter(request: HttpRequest, key: ApiKey, journey: Journey) -> JsonResponse:
    given = _body(request)
    phone, occasion = given.get("phone"), given.get("key", "")
    if not isinstance(occasion, str) or len(occasion) > LONGEST_KEY or not is_storable(occasion):
        return _error("bad_key", HTTPStatus.BAD_REQUEST)
    number = parse_phone(phone, key.workspace.country) if isinstance(phone, str) else None
    if number is None or isinstance(number, Refusal):
        return _error("bad_phone", HTTPStatus.BAD_REQUEST)
    contact = find_by_identity(key.workspace, Identity.Kind.PHONE, number.e164)
    if contact is None:
        return _error("unknown_customer", HTTPStatus.NOT_FOUND)
    try:
        entered = services.enroll(journey=journey, entrants=[services.Entrant(contact.pk, occasion)])
    except DomainError as error:
        return _error(error.code or "refused", HTTPStatus.CONFLICT)
    return JsonResponse({"entered": bool(entered)})


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def _error(code: str, status: HTTPStatus) -> JsonResponse:
    return JsonResponse({"error": code}, status=status)
