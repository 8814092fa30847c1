"""What Meta's error codes mean to us: which of the four endings a send has, and what the owner is told. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from wabolt.channels.registry.contract import Ambiguous, Later, Outcome, Refused

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TOKEN = "token_expired"  # noqa: S105 - a word of ours for what is wrong, no secret
NO_SUCH_OBJECT = 33
"""The subcode of 100 that says: what stands in the address (the number's id) does not exist for this token."""
Standing = Literal["logged_out", "banned"]

LATER: dict[int, tuple[str, timedelta, bool]] = {
    # code: our word, the rest, whether everybody has to wait
    2: ("unavailable", MINUTE, True),
    4: ("rate_limited", MINUTE, True),
    17: ("rate_limited", MINUTE, True),
    613: ("rate_limited", MINUTE, True),
    80007: ("rate_limited", MINUTE, True),
    130429: ("rate_limited", timedelta(seconds=5), True),
    131016: ("unavailable", MINUTE, True),
    131037: ("display_name", HOUR, True),
    131042: ("payment", HOUR, True),
    131048: ("spam_limit", 6 * HOUR, True),
    131056: ("pair_limit", MINUTE, False),
    131057: ("maintenance", 5 * MINUTE, True),
    133004: ("unavailable", MINUTE, True),
}
RESEND: dict[int, timedelta] = {131049: DAY}
"""Codes by which Meta says, at once or by a `failed` status, that it did not deliver, and that a later try may go
through: 131049 is the person's own limit of promotions, and Meta asks for at least a day before the next."""
REFUSED: dict[int, str] = {
    100: "bad_request",
    130472: "experiment",
    130497: "country_restricted",
    131008: "bad_request",
    131009: "bad_request",
    131021: "own_number",
    131026: "not_on_whatsapp",
    131030: "not_on_test_list",
    131047: "window_closed",
    131049: "user_limit",
    131050: "opted_out_at_whatsapp",
    131051: "unsupported_kind",
    131052: "media_failed",
    131053: "media_failed",
    132000: "template_variables",
    132001: "template_missing",
    132005: "too_long",
    132007: "template_policy",
    132012: "template_variables",
    132015: "template_paused",
    132016: "template_disabled",
    132068: "template_paused",
    132069: "template_paused",
}
STANDING: dict[int, tuple[Standing, str]] = {
    0: ("logged_out", TOKEN),
    3: ("logged_out", "permission"),
    10: ("logged_out", "permission"),
    33: ("logged_out", "number_gone"),
    190: ("logged_out", TOKEN),
    368: ("banned", "policy"),
    131005: ("logged_out", "permission"),
    131031: ("banned", "policy"),
    131045: ("logged_out", "not_registered"),
    133010: ("logged_out", "not_registered"),
}


@dataclass(eq=False)
class Trouble(Exception):  # noqa: N818 - an answer of Meta's, not always an error of ours
    """Meta answered with an error. `code` None: whatever stands before Meta did, without a word of its own.
    `retry_after`: seconds that the answer asked us to wait."""

    status: int
    code: int | None = None
    message: str = ""
    retry_after: float | None = None
    subcode: int | None = None

    @property
    def standing(self) -> tuple[Standing, str] | None:
        """The state that the whole number is in because of this (a `Channel.State`), and why in a word of ours."""
        if self.code == 100 and self.subcode == NO_SUCH_OBJECT:
            return "logged_out", "number_gone"
        if self.code is not None:
            if self.code in STANDING:
                return STANDING[self.code]
            return ("logged_out", "permission") if 200 <= self.code < 300 else None
        return {401: ("logged_out", TOKEN), 403: ("logged_out", "permission")}.get(self.status)  # type: ignore[return-value]

    @property
    def word(self) -> str:
        """What is wrong, in a word of ours."""
        if self.standing is not None:
            return self.standing[1]
        if self.code in LATER:
            return LATER[self.code][0]
        if self.code in REFUSED:
            return REFUSED[self.code]
        return "rate_limited" if self.status == 429 else "unavailable" if self.status >= 500 else "rejected"

    @property
    def detail(self) -> str:
        return f"{self.code or self.status}: {self.message}"[:200]


def ending(trouble: Trouble) -> Outcome:
    """How a send ends that was answered so. Meta's own word that it did not take the message is believed; an error
    without one, of a server that may have passed it on, leaves us in doubt."""
    if trouble.standing is not None:
        return Later(trouble.standing[1], MINUTE)
    asked = timedelta(seconds=trouble.retry_after) if trouble.retry_after else None
    if trouble.code in LATER:
        word, rest, everybody = LATER[trouble.code]
        return Later(word, max(rest, asked) if asked else rest, everybody)
    if trouble.code in REFUSED:
        return Refused(REFUSED[trouble.code], trouble.detail, resend_after=RESEND.get(trouble.code))
    if trouble.status == 429:
        return Later("rate_limited", asked or MINUTE)
    if trouble.status >= 500:
        # "Try again later" with a time is said by who has not begun; any other 5xx may come after the deed.
        return Later("unavailable", asked) if trouble.status == 503 and asked else Ambiguous(trouble.detail)
    return Refused("rejected", trouble.detail)


def trouble_of(status: int, body: Any, retry_after: float | None = None) -> Trouble:
    """What an answer of this status with this parsed body (anything) says."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return Trouble(status, retry_after=retry_after)
    code = error.get("code")
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    known = code if isinstance(code, int) else None
    subcode = error.get("error_subcode")
    told = str(details or error.get("message") or "")[:300]
    return Trouble(status, known, told, retry_after, subcode if isinstance(subcode, int) else None)


def told_word(code: object) -> str:
    """Our word for the error code of a failed message; empty for one we do not know."""
    if not isinstance(code, int):
        return ""
    if code in LATER:
        return LATER[code][0]
    return REFUSED.get(code, "")
