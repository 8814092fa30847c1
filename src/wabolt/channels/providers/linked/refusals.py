"""Meaning of refused logins: whether to retry, and the reason for the page. Pure.

Codes: whatsmeow, types/events/events.go (ConnectFailureReason, TempBanReason). WhatsApp adds codes without notice, so
an unknown code is retried.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, NamedTuple

TEMPORARY_BAN = 402
LIBRARY_RETRIES = frozenset({500, 503})
"""Codes after which the library reconnects automatically."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=15)
BAN_REASONS = {
    "101": "send_to_too_many_people",
    "102": "blocked_by_users",
    "103": "created_too_many_groups",
    "104": "sent_too_many_same_message",
    "106": "broadcast_list",
}


class Meaning(NamedTuple):
    """`state`: the new Channel.State. `why`: code of the reason for the page. `is_final`: only a person can solve
    it."""

    state: Literal["offline", "logged_out", "banned"]
    why: str
    is_final: bool


FINAL: dict[int, Meaning] = {
    401: Meaning("logged_out", "", is_final=True),
    403: Meaning("banned", "locked", is_final=True),
    405: Meaning("offline", "outdated", is_final=True),
    406: Meaning("banned", "locked", is_final=True),
}
TRIED_AGAIN = Meaning("offline", "refused", is_final=False)


def code_of(attributes: Mapping[str, object]) -> int:
    """Returns the code in the attributes of a `failure` stanza; 0 without a numeric code."""
    text = str(attributes.get("reason", ""))
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def meaning_of(code: int) -> Meaning:
    """Returns the meaning of a code. A temporary ban (402) has an end and is handled separately."""
    return FINAL.get(code, TRIED_AGAIN)


def wait_before(attempt: int) -> timedelta:
    """Returns the wait before the next login after `attempt` consecutive refused ones."""
    factor: int = 2 ** min(attempt - 1, 10)
    return min(LONGEST_WAIT, FIRST_WAIT * factor)


def ban_of(attributes: Mapping[str, object]) -> dict[str, object]:
    """Returns the reason and the seconds of a temporary ban from the attributes of a `failure` stanza."""
    expire = str(attributes.get("expire", ""))
    seconds = int(expire) if expire.isdecimal() and len(expire) < 10 else 0
    return {"code": BAN_REASONS.get(str(attributes.get("code", "")), ""), "seconds": seconds}
