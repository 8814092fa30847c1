"""Signed posts to addresses outside, by the specification Standard Webhooks 1.0 (https://www.standardwebhooks.com).

Only addresses on the internet are called, for a limited time (`lib.outgoing`), and redirects are not followed.
"""

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256

import httpx
from django.conf import settings

from wabolt.lib import clock
from wabolt.lib.outgoing import Deadline, resolve_public, trusted_authorities

SECONDS = 10.0
"""Longest wait for each part of a call: connecting, sending, and the first bytes of the answer."""
_PREFIX = "whsec_"


def signing_secret(workspace_id: int) -> str:
    """The secret with which a shop's posts are signed, as receivers enter it: "whsec_..."

    It is derived from `settings.SECRETS_KEY`, so it is not in the database and survives a restore.
    """
    key = hmac.new(settings.SECRETS_KEY.encode(), f"wabolt webhooks {workspace_id}".encode(), sha256).digest()
    return _PREFIX + b64encode(key).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of the header `webhook-signature` for exactly these bytes."""
    key = b64decode(secret.removeprefix(_PREFIX))
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    return f"v1,{b64encode(hmac.new(key, signed, sha256).digest()).decode()}"


def post_signed(address: str, *, body: bytes, message_id: str, workspace_id: int) -> int:
    """Posts JSON and returns the status of the answer, whose body is not read.

    `message_id`: the same in each attempt, so that the receiver recognises a repetition. Raises PrivateAddressError,
    OSError if the name has no address, ValueError for text that is no address, and httpx.HTTPError.
    """
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise ValueError(f"{address!r} is no address") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError(f"{address!r} is no address")
    timestamp = int(clock.now().timestamp())
    headers = {
        "Host": url.netloc.decode(),
        "Content-Type": "application/json",
        "Idempotency-Key": message_id,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(signing_secret(workspace_id), message_id, timestamp, body),
    }
    # The address that was looked up is called, not the name: a second answer of the name server changes nothing.
    found = resolve_public(url.host, url.port or (443 if url.scheme == "https" else 80))
    with (
        Deadline() as deadline,
        httpx.Client(verify=trusted_authorities(), timeout=SECONDS, trust_env=False, follow_redirects=False) as client,
        client.stream(
            "POST", url.copy_with(host=found), content=body, headers=headers,
            extensions={"sni_hostname": url.host, "trace": deadline.trace},
        ) as answer,
    ):  # fmt: skip
        return answer.status_code
