"""Log lines hold facts, and no personal data that other code put into a message or an exception."""

import json
import logging
import re
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.lib import log_lines
from wabolt.lib.log_lines import log_event, make_formatter, masked, request_id

log = logging.getLogger("wabolt.test_log_lines")


class Kept(logging.Handler):
    """Keeps each record as the text that both formatters make of it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.objects: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(make_formatter("text", verbose=False).format(record))
        self.objects.append(json.loads(make_formatter("json", verbose=False).format(record)))


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler, root = Kept(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def test_an_event_has_its_facts_and_the_request(kept: Kept) -> None:
    current = request_id.set("ab12")
    log_event(log, "send_batch", channel=7, size=12)
    request_id.reset(current)
    assert kept.lines[0].endswith("INFO wabolt.test_log_lines: send_batch request=ab12 channel=7 size=12")
    assert kept.objects[0] | {"time": ""} == {
        "time": "", "level": "info", "logger": log.name, "event": "send_batch", "request": "ab12", "channel": 7,
        "size": 12,
    }  # fmt: skip


def fail(error: Exception) -> None:
    raise error


def fail_with(error: Exception) -> None:
    try:
        fail(error)
    except Exception as cause:
        raise RuntimeError("cannot write to Siti Rahmawati") from cause


@pytest.mark.parametrize(
    "error",
    [
        ValueError("Siti Rahmawati has no number 0812 3456 7890"),
        KeyError("Siti Rahmawati"),
        psycopg.errors.UniqueViolation("Key (value)=(+6281234567890) of Siti Rahmawati exists"),
    ],
)
def test_an_exception_is_logged_without_its_message(kept: Kept, error: Exception) -> None:
    try:
        fail_with(error)
    except RuntimeError:
        log.exception("message %s broke off", 12)
    text = kept.lines[0] + json.dumps(kept.objects[0])
    assert "Siti" not in text
    assert "67890" not in text
    assert f"{type(error).__name__}" in text
    assert "builtins.RuntimeError" in text
    assert "test_log_lines.py" in text
    assert "fail_with" in text


def test_the_messages_of_django_lose_path_and_host(kept: Kept) -> None:
    logging.getLogger("django.request").warning("%s: %s", "Not Found", "/join/secret-token/")
    logging.getLogger("django.security.csrf").warning("Forbidden (%s): %s", "CSRF cookie not set.", "/sign-in/token/")
    assert [line.partition(": ")[2] for line in kept.lines] == ["Not Found", "CSRF cookie not set."]


@given(st.sampled_from(["+62", "62", "0", "0062"]), st.integers(10**8, 10**11), st.sampled_from(["", " ", "-", "."]))
def test_phone_numbers_are_masked(prefix: str, number: int, separator: str) -> None:
    digits = str(number)
    written = prefix + separator.join([digits[:3], digits[3:6], digits[6:]])
    assert masked(f"sent to {written}, then more") == "sent to [...], then more"


def test_addresses_are_masked_and_ids_are_not() -> None:
    assert masked("ibu.ratna+toko@gaya.co.id wrote") == "[...] wrote"
    for joined in ("081234567890-ani", "081234567890+ani", "ani-081234567890", "0812 3456 7890-ani", "62 812 7890-ani"):
        assert not re.search("[a-z0-9@]", masked(f"{joined}@gmail.com")), joined
    assert masked("message 4711 of channel 12, 2026-11") == "message 4711 of channel 12, 2026-11"


def test_verbose_lines_are_not_masked() -> None:
    record = log.makeRecord(log.name, logging.ERROR, __file__, 1, "to %s", ("+6281234567890",), None)
    assert "+6281234567890" in make_formatter("text", verbose=True).format(record)


def test_an_uncaught_exception_is_logged(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.excepthook", None)
    monkeypatch.setattr("threading.excepthook", None)
    log_lines.log_as_process()
    try:
        fail_with(ValueError("Siti"))
    except RuntimeError as error:
        log_lines.sys.excepthook(type(error), error, error.__traceback__)
    logging.getLogger("wabolt").setLevel(logging.NOTSET)
    assert "the process ended with an error" in kept.lines[0]
    assert "Siti" not in kept.lines[0]
