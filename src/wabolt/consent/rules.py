"""The consent ledger's law: how an entry is sealed, how a chain is checked, and which words mean stop or join."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from wabolt.lib.text import normalise_keyword

OWN_WORDS = frozenset({"start_word", "form"})
"""Sources that are the person's own act. Only they bring back somebody who had stopped."""

ALWAYS_STOP = "stop"
"""The line under every promotion promises that STOP works, so no shop can take this word away."""

STOP_WORDS = (
    *("STOP", "SETOP", "STOP YA", "STOP KAK", "STOP YA KAK", "STOP DONG", "TOLONG STOP", "MOHON STOP"),
    *("STOP PROMO", "STOP IKLAN", "STOP BROADCAST", "STOP LANGGANAN", "STOP BERLANGGANAN", "STOP WA", "STOP CHAT"),
    *("STOP PESAN", "STOP KIRIM", "STOP KIRIM PESAN", "STOP KIRIM PROMO", "STOP SEMUA", "STOP ALL"),
    *("BERHENTI", "BERHENTI LANGGANAN", "BERHENTI BERLANGGANAN", "BERHENTI PROMO", "TOLONG BERHENTI"),
    *("UNSUB", "UNSUBSCRIBE", "UNREG", "UNREG PROMO", "OPT OUT", "KELUAR", "BATAL LANGGANAN", "BATAL BERLANGGANAN"),
    *("JANGAN KIRIM LAGI", "JANGAN KIRIM PESAN LAGI", "JANGAN KIRIM PROMO", "JANGAN KIRIM PROMO LAGI"),
    *("JANGAN WA LAGI", "JANGAN CHAT LAGI", "JANGAN HUBUNGI SAYA", "JANGAN HUBUNGI SAYA LAGI", "JANGAN SPAM"),
    *("TIDAK MAU PROMO", "GAK MAU PROMO", "TIDAK MAU DIKIRIMI LAGI", "HAPUS NOMOR SAYA", "HAPUS SAYA"),
)
START_WORDS = (
    *("JOIN", "GABUNG", "DAFTAR", "MULAI", "START", "SUBSCRIBE", "LANGGANAN", "REG"),
    *("GABUNG LAGI", "DAFTAR PROMO", "MAU PROMO", "MULAI LAGI", "JOIN LAGI"),
)

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Entry:
    """What one ledger entry says. `wording` is the SHA-256 of the words agreed to (see `wording_digest`)."""

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
    """An entry as it was found in the ledger, with its place, its seal and the seal it says it follows."""

    entry: Entry
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """The first thing wrong with a chain: at which entry, and whether it was `changed`, is `missing`, is `extra`
    (behind the recorded end), or the recorded end itself differs (`end`)."""

    seq: int
    kind: Literal["changed", "missing", "extra", "end"]


def wording_digest(text: str) -> str:
    """SHA-256 of the words a person agreed to, so that the ledger's seal covers them too."""
    return hashlib.sha256(text.encode()).hexdigest()


def plain_evidence(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The evidence in a form that comes back from the database letter by letter.

    Text loses what PostgreSQL cannot hold (NUL, lone surrogates). Raises TypeError for anything but text, whole
    numbers, yes/no, nothing, and lists or mappings of those: a fraction may come back as another number.
    """
    return {_plain_text(str(key)): _plain(value) for key, value in evidence.items()}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return _plain_text(value)
    if isinstance(value, Mapping):
        return plain_evidence(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    raise TypeError(f"evidence cannot hold a {type(value).__name__}")


def _plain_text(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def chain(prev_hash: str, entry: Entry) -> str:
    """The seal of `entry` that follows the entry sealed with `prev_hash` (`""` for the first): SHA-256 over that
    seal and the entry as canonical JSON (keys sorted, no spaces, UTF-8, UTC time to the microsecond)."""
    body = _encode(
        {
            "action": entry.action,
            "actor": entry.actor,
            "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "contact": entry.contact,
            "evidence": entry.evidence,
            "purpose": entry.purpose,
            "seq": entry.seq,
            "source": entry.source,
            "wording": entry.wording,
            "workspace": entry.workspace,
        }
    )
    return hashlib.sha256(f"{prev_hash}\n{body}".encode()).hexdigest()


def seal(prev_hash: str, entries: Iterable[Entry]) -> Iterator[Sealed]:
    """Seals `entries` one after another, the first behind `prev_hash`."""
    for entry in entries:
        sealed = Sealed(entry, prev_hash, chain(prev_hash, entry))
        prev_hash = sealed.hash
        yield sealed


def first_break(found: Iterable[Sealed], end_seq: int, end_hash: str) -> Break | None:
    """Checks one workspace's entries, given in the order of `seq`, against each other and against the recorded end
    of the chain; the first break, or None when all of it holds. Holds one entry in memory."""
    seq, prev_hash = 0, ""
    for sealed in found:
        seq += 1
        if sealed.entry.seq > end_seq:
            return Break(sealed.entry.seq, "extra")
        if sealed.entry.seq != seq:
            return Break(seq, "missing")
        if sealed.prev_hash != prev_hash or sealed.hash != chain(prev_hash, sealed.entry):
            return Break(seq, "changed")
        prev_hash = sealed.hash
    if seq < end_seq:
        return Break(seq + 1, "missing")
    return None if prev_hash == end_hash else Break(seq, "end")


def keyword_action(
    text: str, stop: Iterable[str], start: Iterable[str], shop: str = ""
) -> Literal["stop", "start"] | None:
    """What a whole message means when it is nothing but a stop or a start word (both given normalised).

    The word may be followed by the shop's name ("JOIN GAYA NUSANTARA"). A message that could be both is a stop.
    """
    said = normalise_keyword(text)
    if not said:
        return None
    name = normalise_keyword(shop)
    sayings = {said, said.removesuffix(f" {name}")} if name else {said}
    if sayings & {ALWAYS_STOP, *stop}:
        return "stop"
    return "start" if sayings & {*start} else None
