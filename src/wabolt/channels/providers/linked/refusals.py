"""What a refused login means: whether the number is tried again, and what its owner is told. Pure.

Codes: whatsmeow, types/events/events.go (ConnectFailureReason, TempBanReason). WhatsApp adds new ones without notice,
so a code that is not here is tried again.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, NamedTuple

TEMPORARY_BAN = 402
LIBRARY_RETRIES = frozenset({500, 503})
"""After these the library connects again by itself."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=15)
BAN_REASONS = {
    "101": "send_to_too_many_people",
    "102": "blocked_by_users",
    "103": "created_too_many_groups",
    "104": "sent_too_many_same_message",
    "106": "broadcast_list",
}


class Meaning(NamedTuple):
    """`state`: the Channel.State that follows. `why`: a word for the page. `is_final`: only a person can mend it."""

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


def code_of(told: Mapping[str, object]) -> int:
    """The code of a `failure` stanza's attributes; 0 where it has none that is a number."""
    text = str(told.get("reason", ""))
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def meaning_of(code: int) -> Meaning:
    """What follows from a refusal with this code. A temporary ban (402) has an end and is handled apart."""
    return FINAL.get(code, TRIED_AGAIN)


def wait_before(attempt: int) -> timedelta:
    """How long to wait before the next login after so many refused ones in a row (1: after the first)."""
    factor: int = 2 ** min(attempt - 1, 10)
    return min(LONGEST_WAIT, FIRST_WAIT * factor)


def ban_of(told: Mapping[str, object]) -> dict[str, object]:
    """The reason and the seconds of a temporary ban, out of a `failure` stanza's attributes."""
    expire = str(told.get("expire", ""))
    seconds = int(expire) if expire.isdecimal() and len(expire) < 10 else 0
    return {"code": BAN_REASONS.get(str(told.get("code", "")), ""), "seconds": seconds}
