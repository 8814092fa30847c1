"""Parses columns of people who have left the promotions: their names ("Unsubscribed", "Berhenti langganan") and their
answers."""

import re
from collections.abc import Sequence
from functools import lru_cache

from wabolt.lib.choices import YesNo, parse_yes_no
from wabolt.lib.column_names import NAMES, NEGATIONS, NOT_YET
from wabolt.lib.dates import parse_date
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import fold, means_nothing, normalise_keyword

_DENIALS = NEGATIONS | NOT_YET
_ALLOWED = frozenset(["allowbroadcast", "allowcampaign"])
_NAMES = frozenset(NAMES["contacts"]["opt_out"].split(","))
_PHRASES = re.compile(rf"\b(?:{'|'.join(sorted(_NAMES))})\b")
_DECLINED = frozenset(["menolak", "tolak", "ditolak", "denied", "declined"])
_GONE_WRITTEN = """
unsubscribed unsubscribe unsub unsubs optout opted opt out stop berhenti keluar dihentikan revoked withdrawn dicabut
batal blocked diblokir blokir blacklist blacklisted dnd removed
"""
_STAYING_WRITTEN = """
subscribed subscribe opted_in opt_in optin in berlangganan langganan aktif active masih_aktif masih_berlangganan
masih_langganan lanjut tetap
"""
_LEAVING_WRITTEN = """
unsubscribed unsubscribe unsub opted_out opt_out optout stop_promo berhenti_promo berhenti_langganan
berhenti_berlangganan
"""


def _words(written: str) -> frozenset[str]:
    return frozenset(word.replace("_", " ") for word in written.split())


_GONE = _DECLINED | _words(_GONE_WRITTEN)
"""Words that say that a person has left. "opt" counts only together with "out"."""
_STAYING, _LEAVING_STATES = _words(_STAYING_WRITTEN), _words(_LEAVING_WRITTEN)
_PLAIN_NO = frozenset(["n", "no", "nope", "f", "false", "0", "off", "never", "bukan", "tidak pernah"]) | _DENIALS
_OTHER_STATES = frozenset(
    ["pending", "cleaned", "bounced", "nonsubscribed", "non subscribed", "transactional", "archived"]
)


def denies_opt_out(column: str) -> bool:
    """Whether a column is named like the opposite of an opt-out: in "Not unsubscribed" and "AllowBroadcast" a no means
    that the person has left. A yes is no consent: other programs allow all people by default."""
    name = normalise_keyword(column)
    if name.replace(" ", "") in _ALLOWED:
        return True
    rest = " ".join(word for word in name.split() if word not in _DENIALS)
    return rest != name and name not in _NAMES and bool(_PHRASES.search(rest))


def are_subscription_states(values: Sequence[str]) -> bool:
    """Whether the values of a column are states of a subscription, and one of them says that a person has left."""
    states = {normalise_keyword(value) for value in values}
    return bool(states & _LEAVING_STATES) and states <= _LEAVING_STATES | _STAYING | _OTHER_STATES


@lru_cache(maxsize=4096)
def has_opted_out(text: str, *, denied: bool = False) -> YesNo:
    """Parses a cell of a column of opt-outs: "yes" for a yes, for the day of the opt-out and for a state such as
    "unsubscribed"; "no" for an empty cell, a no, and a state such as "subscribed". A cross is "unknown": it is a mark
    or a no. Never raises.

    `denied`: the name of the column is the opposite (`denies_opt_out`). A yes or a no then means the opposite, a day is
    "unknown", and an empty cell still says nothing.
    """
    if means_nothing(text):
        return "unknown" if fold(text) == "x" else "no"
    words = normalise_keyword(text).split()
    state = _state(words)
    if state != "unknown":
        return state
    answer: YesNo = "unknown"
    if " ".join(words) in _PLAIN_NO or text.strip() in {"0.0", "0,0"}:
        answer = "no"
    elif parse_yes_no(text) == "yes":
        answer = "yes"
    if answer != "unknown" and denied:
        return "no" if answer == "yes" else "yes"
    if answer == "unknown" and not denied:
        found = parse_date(text)
        if not isinstance(found, Refusal):
            return "yes"
        return "no" if found.code == "empty" else "unknown"
    return answer


def has_left(text: str) -> bool:
    """Whether the text says by itself that a person has left: "unsubscribed", "sudah berhenti", but not "tidak"."""
    words = normalise_keyword(text).split()
    return _state(words) == "yes" and not set(words) & _GONE <= _DECLINED


def _state(words: Sequence[str]) -> YesNo:
    """Returns the answer that the words give without the name of the column: "unsubscribed" is "yes", "subscribed" and
    "belum berhenti" are "no"."""
    gone = set(words) & _GONE
    if gone - {"opt", "opted"}:
        return "unknown" if "jangan" in words else "no" if set(words) & _DENIALS else "yes"
    return "no" if " ".join(words) in _STAYING else "unknown"
