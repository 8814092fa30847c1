"""Meaning of Meta's error codes: the outcome of a send, the state of the number, and the reason for the owner. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from wabolt.channels.registry.contract import Ambiguous, Later, Outcome, Refused

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TOKEN = "token_expired"  # noqa: S105 - an error reason, no secret
NO_SUCH_OBJECT = 33
"""Subcode of 100: the object in the address (the phone number id) does not exist for this token."""
NumberState = Literal["logged_out", "banned"]

LATER: dict[int, tuple[str, timedelta, bool]] = {
    # code: (reason, rest, whether the whole lane rests)
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
"""Codes of undelivered messages for which a later attempt may succeed, with the wait. 131049: the recipient has reached
Meta's limit of promotions; Meta asks to wait at least a day."""
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
NUMBER_STATES: dict[int, tuple[NumberState, str]] = {
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
class GraphError(Exception):
    """An error answer of Meta.

    `code` is None when a proxy before Meta answered without a code. `retry_after`: seconds that the answer asks to
    wait.
    """

    status: int
    code: int | None = None
    message: str = ""
    retry_after: float | None = None
    subcode: int | None = None

    @property
    def number_state(self) -> tuple[NumberState, str] | None:
        """Returns the state (`Channel.State`) that this error means for the whole number and its reason, or None."""
        if self.code == 100 and self.subcode == NO_SUCH_OBJECT:
            return "logged_out", "number_gone"
        if self.code is not None:
            if self.code in NUMBER_STATES:
                return NUMBER_STATES[self.code]
            return ("logged_out", "permission") if 200 <= self.code < 300 else None
        return {401: ("logged_out", TOKEN), 403: ("logged_out", "permission")}.get(self.status)  # type: ignore[return-value]

    @property
    def reason(self) -> str:
        """Returns the reason for this error."""
        if self.number_state is not None:
            return self.number_state[1]
        if self.code in LATER:
            return LATER[self.code][0]
        if self.code in REFUSED:
            return REFUSED[self.code]
        return "rate_limited" if self.status == 429 else "unavailable" if self.status >= 500 else "rejected"

    @property
    def detail(self) -> str:
        return f"{self.code or self.status}: {self.message}"[:200]


def outcome_of(error: GraphError) -> Outcome:
    """Returns the outcome of a send that ended with this error.

    An error code of Meta means that the message was not accepted. A server error without a code is ambiguous: a proxy
    may have passed the request on.
    """
    if error.number_state is not None:
        return Later(error.number_state[1], MINUTE)
    requested_wait = timedelta(seconds=error.retry_after) if error.retry_after else None
    if error.code in LATER:
        reason, rest, whole_lane = LATER[error.code]
        return Later(reason, max(rest, requested_wait) if requested_wait else rest, whole_lane)
    if error.code in REFUSED:
        return Refused(REFUSED[error.code], error.detail, resend_after=RESEND.get(error.code))
    if error.status == 429:
        return Later("rate_limited", requested_wait or MINUTE)
    if error.status >= 500:
        # A 503 with Retry-After comes before the work starts. Any other 5xx may come after it.
        if error.status == 503 and requested_wait:
            return Later("unavailable", requested_wait)
        return Ambiguous(error.detail)
    return Refused("rejected", error.detail)


def error_of(status: int, body: Any, retry_after: float | None = None) -> GraphError:
    """Returns the error that an answer with this status and parsed body (any JSON) describes."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return GraphError(status, retry_after=retry_after)
    code = error.get("code")
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    known = code if isinstance(code, int) else None
    subcode = error.get("error_subcode")
    message = str(details or error.get("message") or "")[:300]
    return GraphError(status, known, message, retry_after, subcode if isinstance(subcode, int) else None)


def reason_of_code(code: object) -> str:
    """Returns the reason for the error code of a failed message; "" for an unknown code."""
    if not isinstance(code, int):
        return ""
    if code in LATER:
        return LATER[code][0]
    return REFUSED.get(code, "")
