"""Splits the body of a webhook call into raw events. Pure.

Each event keeps its original content, except for text that PostgreSQL cannot store. Nothing is interpreted here.
"""

import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from wabolt.lib.text import storable

MAX_DEPTH = 40
_KNOWN = {"messaging_product", "metadata", "contacts", "messages", "statuses", "errors"}
_LONGEST_ID = 120


class BrokenBodyError(ValueError):
    """The body is not JSON, or it is JSON that cannot be stored."""


class Piece(NamedTuple):
    """One event. `number_id`: Meta's id of the number that it belongs to, "" if it names none."""

    number_id: str
    kind: str
    payload: dict[str, Any]
    at: datetime | None
    dedupe_key: str


def read_body(body: bytes) -> Any:
    """Parses the body to values that PostgreSQL can store. Raises BrokenBodyError."""
    try:
        return _kept(json.loads(body, parse_constant=_refuse, parse_float=_finite), 0)
    except (ValueError, RecursionError) as error:
        raise BrokenBodyError(str(error)) from error


def pieces(body: Any) -> Iterator[Piece]:
    """Yields all events of a body that `read_body` returned. Values of unknown shape become events unchanged."""
    entries = body.get("entry") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        yield _other("unknown_shape", "", {"body": body}, None)
        return
    for entry in entries:
        changes = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(changes, list):
            yield _other("unknown_shape", "", {"entry": entry}, None)
            continue
        frame = {"entry": entry.get("id"), "time": entry.get("time")}
        for change in changes:
            value = change.get("value") if isinstance(change, dict) else None
            if not isinstance(value, dict):
                yield _other("unknown_shape", "", {**frame, "change": change}, _moment(frame["time"]))
            else:
                yield from _change(frame, str(change.get("field", "")), value)


def _change(frame: dict[str, Any], field: str, value: dict[str, Any]) -> Iterator[Piece]:
    metadata = value.get("metadata")
    number_id = str(metadata.get("phone_number_id", "")) if isinstance(metadata, dict) else ""
    base = {**frame, "field": field, "metadata": metadata}
    contacts = value.get("contacts") if isinstance(value.get("contacts"), list) else []
    rest = {key: part for key, part in value.items() if key not in _KNOWN}
    if field != "messages":
        rest = {key: part for key, part in value.items() if key not in {"messaging_product", "metadata"}}
        if rest:
            yield _other(field or "unknown_field", number_id, {**base, "value": rest}, _moment(frame["time"]))
        return
    for message in _list(value, "messages"):
        if not isinstance(message, dict):
            yield _other("unknown_shape", number_id, {**base, "message": message}, None)
            continue
        payload = {**base, "contact": _contact_of(message, contacts), "message": message}
        yield _named("message", number_id, payload, message, message.get("id"))
    for status in _list(value, "statuses"):
        if not isinstance(status, dict):
            yield _other("unknown_shape", number_id, {**base, "status": status}, None)
            continue
        payload = {**base, "contact": _contact_of(status, contacts), "status": status}
        yield _named("status", number_id, payload, status, status.get("id"), str(status.get("status", "")))
    for error in _list(value, "errors"):
        yield _other("error", number_id, {**base, "error": error}, _moment(frame["time"]))
    if rest:
        yield _other("unknown_part", number_id, {**base, "value": rest}, _moment(frame["time"]))


def _list(value: Mapping[str, Any], key: str) -> list[Any]:
    """Returns the value as a list; a single value becomes a list of one."""
    found = value.get(key)
    return found if isinstance(found, list) else [] if found is None else [found]


def _contact_of(item: Mapping[str, Any], contacts: Any) -> dict[str, Any] | None:
    """Returns the contact of a message or status: by number, by id, or the only one in the body."""
    people = [contact for contact in contacts if isinstance(contact, dict)]
    names = _texts(item, "from", "from_user_id", "recipient_id", "recipient_user_id")
    for contact in people:
        if _texts(contact, "wa_id", "user_id") & names:
            return contact
    return people[0] if len(people) == 1 and not names else None


def _texts(item: Mapping[str, Any], *keys: str) -> set[str]:
    """Returns the texts under these keys; a value of another type is none."""
    return {text for key in keys if isinstance(text := item.get(key), str) and text}


def _named(
    kind: str, number_id: str, payload: dict[str, Any], item: Mapping[str, Any], name: object, more: str = ""
) -> Piece:
    at = _moment(item.get("timestamp"))
    if not isinstance(name, str) or not name:
        return _other(kind, number_id, payload, at)
    if len(name) + len(more) > _LONGEST_ID:
        name = sha256(f"{name}\n{more}".encode()).hexdigest()
        more = ""
    return Piece(number_id, kind, payload, at, f"{kind}:{name}:{more}" if more else f"{kind}:{name}")


def _other(kind: str, number_id: str, payload: dict[str, Any], at: datetime | None) -> Piece:
    """An event without an id is a duplicate only of an identical event."""
    body = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    return Piece(number_id, kind[:40], payload, at, f"told:{sha256(body.encode()).hexdigest()}")


def _moment(seconds: object) -> datetime | None:
    try:
        number = int(seconds)  # type: ignore[call-overload]
        # Some entries of templates and accounts have timestamps in milliseconds.
        moment = datetime.fromtimestamp(number / 1000 if number > 100_000_000_000 else number, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return moment if moment.year > 2000 else None


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large")
    return number


def _kept(value: Any, depth: int) -> Any:
    """Returns the value with storable text (`lib.text.storable`). Raises ValueError when it is nested too deeply."""
    if isinstance(value, str):
        return storable(value)
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        return {_kept(key, depth): _kept(part, depth + 1) for key, part in value.items()}
    if isinstance(value, list):
        return [_kept(part, depth + 1) for part in value]
    return value
