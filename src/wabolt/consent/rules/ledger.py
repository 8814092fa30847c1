"""The consent ledger: hashing an entry and checking a chain of entries."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from wabolt.lib.text import storable

OWN_WORDS = frozenset({"start_word", "form", "entry_point"})
"""Sources that are an act of the person. Only these undo a stop."""

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Entry:
    """The content of one ledger entry. `wording` is the SHA-256 of the text agreed to (see `wording_digest`)."""

    workspace: int
    seq: int
    contact: int
    purpose: str
    action: str
    source: str
    wording: str | None
    evidence: Mapping[str, Any]
    actor: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry as it is stored, with its hash and the hash of the entry before it. `redaction`: the seal of an entry
    from which an erasure removed the person's words, "" for every other."""

    entry: Entry
    prev_hash: str
    hash: str
    redaction: str = ""


@dataclass(frozen=True, slots=True)
class Break:
    """The first fault of a chain. `kind`: the entry is "changed", "missing" or "extra" (after the recorded end), or the
    recorded "end" differs."""

    seq: int
    kind: Literal["changed", "missing", "extra", "end"]


def wording_digest(text: str) -> str:
    """Returns the SHA-256 of the text agreed to. The hash of a ledger entry covers it."""
    return hashlib.sha256(text.encode()).hexdigest()


def plain_evidence(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the evidence in a form that the database returns unchanged.

    Text is changed to what PostgreSQL can store (`lib.text.storable`). Raises TypeError for values other than text,
    whole numbers, booleans, None, and lists or mappings of those: the database may return a fraction as another number.
    """
    return {storable(str(key)): _plain(value) for key, value in evidence.items()}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return plain_evidence(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    raise TypeError(f"evidence cannot hold a {type(value).__name__}")


class CommonPart(NamedTuple):
    """The common part of the entries of one call. `workspace`, `actor`: ids. `wording`: a digest (`wording_digest`)."""

    workspace: int
    purpose: str
    action: str
    source: str
    wording: str | None
    actor: int | None
    at: datetime


class Sealer:
    """Hashes entries that differ only in sequence number, contact and evidence.

    The common part is encoded once, so 100,000 entries take a fraction of a second.
    """

    __slots__ = ("_after_contact", "_after_evidence", "_after_seq", "_before_contact")

    def __init__(self, common: CommonPart) -> None:
        workspace, purpose, action, source, wording, actor, at = common
        moment = at.astimezone(UTC).isoformat(timespec="microseconds")
        self._before_contact = _encode({"action": action, "actor": actor, "at": moment})[:-1] + ',"contact":'
        self._after_contact = ',"evidence":'
        self._after_evidence = f',"purpose":{_encode(purpose)},"seq":'
        self._after_seq = "," + _encode({"source": source, "wording": wording, "workspace": workspace})[1:]

    def seal(self, prev_hash: str, seq: int, contact: int, evidence_json: str) -> str:
        """Returns the hash of one entry after `prev_hash`. `evidence_json` comes from `canonical`."""
        body = (
            f"{prev_hash}\n{self._before_contact}{contact}{self._after_contact}{evidence_json}"
            f"{self._after_evidence}{seq}{self._after_seq}"
        )
        return hashlib.sha256(body.encode()).hexdigest()


_sealer = lru_cache(maxsize=64)(Sealer)


def canonical(evidence: Mapping[str, Any]) -> str:
    """Evidence (plain, see `plain_evidence`) as canonical JSON: sorted keys, no spaces, characters unescaped."""
    return _encode(evidence)


def chain(prev_hash: str, entry: Entry) -> str:
    """Returns the hash of `entry` after an entry with the hash `prev_hash` ("" for the first entry).

    It is the SHA-256 over `prev_hash`, a line feed, and the entry as canonical JSON: sorted keys, no spaces, UTF-8,
    times in UTC with microseconds.
    """
    e = entry
    sealer = _sealer(CommonPart(e.workspace, e.purpose, e.action, e.source, e.wording, e.actor, e.at))
    return sealer.seal(prev_hash, e.seq, e.contact, canonical(e.evidence))


_OWN_VALUES = frozenset({"place", "keyword", "page", "agreed_on", "code", "told_by"})
"""Keys of evidence whose values come from the program: words of its lists, addresses of its pages, dates."""


def impersonal(source: str, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the evidence without texts that a person wrote or a member typed. The statement of an import stays: it is
    about all people of the file."""
    own = _OWN_VALUES | {"statement"} if source == "import" else _OWN_VALUES
    plain = (type(None), bool, int)
    return {key: value for key, value in evidence.items() if key in own or isinstance(value, plain)}


def redacted_text(seal: str, prev_hash: str, entry: Entry) -> str:
    """Returns the text that the seal of a redacted entry covers: its hash, and everything that is left of it."""
    return f"{seal}\n{chain(prev_hash, entry)}"


def first_break(
    entries: Iterable[Sealed], end_seq: int, end_hash: str, redaction: Callable[[str], str] = lambda _text: ""
) -> Break | None:
    """Checks the entries of a workspace, in the order of `seq`, against each other and against the recorded end.

    `redaction`: seals the `redacted_text` of an entry. Returns the first fault, or None. Holds one entry in memory.
    """
    seq, prev_hash = 0, ""
    for sealed in entries:
        seq += 1
        if sealed.entry.seq > end_seq:
            return Break(sealed.entry.seq, "extra")
        if sealed.entry.seq != seq:
            return Break(seq, "missing")
        if sealed.prev_hash != prev_hash or not _is_whole(sealed, redaction):
            return Break(seq, "changed")
        prev_hash = sealed.hash
    if seq < end_seq:
        return Break(seq + 1, "missing")
    return None if prev_hash == end_hash else Break(seq, "end")


def _is_whole(sealed: Sealed, redaction: Callable[[str], str]) -> bool:
    if sealed.redaction:
        return sealed.redaction == redaction(redacted_text(sealed.hash, sealed.prev_hash, sealed.entry))
    return sealed.hash == chain(sealed.prev_hash, sealed.entry)
