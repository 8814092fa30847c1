"""Proof of work for visitors without a session: challenges, and the solutions that were used (ADR 33).

A challenge is signed, belongs to one object and expires, so it is not stored. A solution is accepted once: its
challenge is remembered until it expires. The format is that of ALTCHA (https://altcha.org/docs/v2/), version 2.
"""

import json
from base64 import b64decode
from datetime import timedelta
from typing import Any

from altcha import create_challenge, verify_solution
from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac

from wabolt.accounts.models import UsedChallenge, Workspace
from wabolt.lib import clock

VALID_FOR = timedelta(minutes=30)
_ALGORITHM = "PBKDF2/SHA-256"
_COST = 2000
"""Iterations of PBKDF2 for one try. A solution takes 256 tries on average: about half a second in a phone's browser."""
_PREFIX = "00"
_LONGEST = 4000
_USE = """
    INSERT INTO accounts_usedchallenge (workspace_id, signature, expires_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING
"""


def new_challenge(*, workspace: Workspace, purpose: str, subject: int) -> dict[str, Any]:
    """Returns a challenge as JSON for the browser. It can be used for this object only, such as ("form", 5)."""
    challenge = create_challenge(
        _ALGORITHM,
        _COST,
        key_prefix=_PREFIX,
        expires_at=clock.now() + VALID_FOR,
        data={"for": _subject(workspace, purpose, subject)},
        hmac_secret=_secret(),
    )
    return dict(challenge.to_dict())


def accept_solution(*, workspace: Workspace, purpose: str, subject: int, payload: str) -> bool:
    """Returns whether `payload`, a challenge with its solution as base64 of JSON, is right, in time, for this object,
    and used for the first time. An accepted one is used up."""
    if not payload or len(payload) > _LONGEST or not verify_solution(payload, _secret()).verified:
        return False
    challenge = json.loads(b64decode(payload))["challenge"]
    if challenge["parameters"].get("data") != {"for": _subject(workspace, purpose, subject)}:
        return False
    with connection.cursor() as cursor:
        # A second use at the same time waits for the first one and then inserts nothing.
        cursor.execute(_USE, [workspace.pk, challenge["signature"], clock.now() + VALID_FOR])
        return bool(cursor.rowcount)


def forget_challenges() -> int:
    """Deletes used challenges that have expired. Returns their number."""
    return UsedChallenge.objects.filter(expires_at__lt=clock.now()).delete()[0]


def _subject(workspace: Workspace, purpose: str, subject: int) -> str:
    return f"{workspace.pk}:{purpose}:{subject}"


def _secret() -> str:
    return salted_hmac("wabolt.challenges", "altcha", secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()
