"""Log lines without personal data: facts as `key=value` or as JSON, and exceptions without their messages.

A fact is an id, a number, a state or a name from the code. Names, numbers and texts of people are never logged. Two
rules hold for lines that other code writes:

- An exception is logged with its class and its stack. Its message usually quotes values, so it is left out.
- Phone numbers and e-mail addresses in a message are masked. Django's messages lose their argument (a path or a host).

With `WABOLT_LOG_LEVEL=DEBUG` lines are written as they are.
"""

import json
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that this thread handles, "" outside requests. Every line that is logged meanwhile has it."""

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+")
_ADDRESS = re.compile(_EMAIL.pattern + r"|(?<![\w.])\+?\d[\d .-]{7,18}\d(?![\w.])")
_MASK = "[...]"
Failure = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def log_event(logger: logging.Logger, event: str, **facts: str | float | None) -> None:
    """Logs one line at level INFO."""
    logger.info(event, extra={"facts": facts})


def masked(text: str) -> str:
    """`text` with phone numbers and e-mail addresses masked."""
    without_numbers = _ADDRESS.sub(_MASK, text)
    return _EMAIL.sub(_MASK, without_numbers)  # "0812 3456 7890-ani@gmail.com": the number ends inside the address


def stack_of(error: BaseException | None) -> Iterator[str]:
    """The lines of a traceback without the messages of the exceptions, causes first."""
    if error is None:
        return
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    yield from stack_of(before)
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} {frame.name}"
    yield f"{type(error).__module__}.{type(error).__qualname__}{_safe_detail(error)}"


def _safe_detail(error: BaseException) -> str:
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return f" (SQLSTATE {state})"
    return f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""


class LineFormatter(logging.Formatter):
    """Formats a record as one line, followed by the stack of its exception. `verbose`: leave nothing out."""

    def __init__(self, *, verbose: bool = False) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self.verbose = verbose

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = f"{moment} {record.levelname} {record.name}: {self.message_of(record)}"
        facts = "".join(f" {key}={value}" for key, value in facts_of(record).items())
        return "\n".join([line + facts, *self.stack(record)])

    def message_of(self, record: logging.LogRecord) -> str:
        """The message of a record without personal data."""
        if self.verbose:
            return record.getMessage()
        if record.name.startswith("django.") and isinstance(record.args, tuple) and record.args:
            return masked(str(record.args[0]))  # "Not Found" of "Not Found: /path"
        return masked(record.getMessage())

    def stack(self, record: logging.LogRecord) -> list[str]:
        """The lines of the record's exception."""
        if not record.exc_info or record.exc_info[1] is None:
            return []
        if self.verbose:
            return "".join(traceback.format_exception(record.exc_info[1])).splitlines()
        return list(stack_of(record.exc_info[1]))


class JsonFormatter(LineFormatter):
    """Formats a record as one JSON object: time, level, logger, event, the facts, and `stack` for an exception."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"time": moment, "level": record.levelname.lower(), "logger": record.name}
        line |= {"event": self.message_of(record)} | facts_of(record)
        if stack := self.stack(record):
            line["stack"] = stack
        return json.dumps(line, ensure_ascii=False, default=str)


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """The facts of a record, with the id of the request."""
    facts: dict[str, Any] = getattr(record, "facts", {})
    current = request_id.get()
    return {"request": current, **facts} if current else facts


def make_formatter(layout: str, *, verbose: bool) -> logging.Formatter:
    """Returns the formatter for `layout`: "json", or "text" for anything else."""
    return JsonFormatter(verbose=verbose) if layout == "json" else LineFormatter(verbose=verbose)


def failure_line(process: str, error: BaseException) -> str:
    """Returns the log line for an error that ends `process`, for code that runs before logging is configured."""
    layout, verbose = os.environ.get("WABOLT_LOG_FORMAT", "text"), os.environ.get("WABOLT_LOG_LEVEL") == "DEBUG"
    failure = (type(error), error, error.__traceback__)
    args = (process,)
    record = logging.LogRecord("wabolt.uncaught", logging.CRITICAL, "", 0, "%s ended with an error", args, failure)
    return make_formatter(layout, verbose=verbose).format(record)


def log_as_process() -> None:
    """Makes this process log its events (level INFO unless WABOLT_LOG_LEVEL is set), and the exceptions that end it or
    one of its threads. Commands that a person types log warnings only."""
    logger = logging.getLogger("wabolt.uncaught")
    if not os.environ.get("WABOLT_LOG_LEVEL"):
        logging.getLogger("wabolt").setLevel(logging.INFO)

    def log_failure(failure: Failure, subject: str) -> None:
        logger.critical("%s ended with an error", subject, exc_info=failure)

    sys.excepthook = lambda *failure: log_failure(failure, "the process")
    threading.excepthook = lambda args: log_failure(
        (args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback), "a thread"
    )
