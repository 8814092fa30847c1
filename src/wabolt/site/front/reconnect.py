"""Requests that lose their database connection: the second attempt, and the page if that fails.

PostgreSQL ends connections when it restarts, fails over, or is told to (`pg_terminate_backend`). Each thread opens a
new connection at once, so a second attempt nearly always succeeds.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error as default_server_error

_REPEAT = "wabolt.may_repeat"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_KEPT_BYTES = 128 * 1024  # bytes of typed text that the page repeats; a longer form is not repeated
# Class 08: connection exceptions. 57P01 to 57P05: the server shut down, crashed, is starting, or ended the session.
# 53300: too many connections.
_LOST = ("08", "57P", "53300")


class _Writes(threading.local):
    done = False


_writes = _Writes()


def begin_request() -> None:
    """Resets the record of writes; called in the thread of a request before it runs."""
    _writes.done = False


def note_writes(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """An execute wrapper that records whether this request may have changed data."""
    result = execute(sql, params, many, context)
    if sql.lstrip()[:6].upper() != "SELECT" or "procrastinate" in sql:
        _writes.done = True
    return result


def watch_writes(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Receiver of `connection_created`: installs `note_writes`."""
    if note_writes not in connection.execute_wrappers:
        connection.execute_wrappers.append(note_writes)


def is_lost(error: BaseException | None) -> bool:
    """Returns whether `error` or one of its causes is a lost or impossible connection to the database."""
    return any(_is_lost(cause) for cause in _causes(error))


def _is_lost(error: BaseException) -> bool:
    if isinstance(error, psycopg.OperationalError):
        return error.sqlstate is None or error.sqlstate.startswith(_LOST)
    if isinstance(error, OperationalError):
        return error.__cause__ is None
    return isinstance(error, InterfaceError | psycopg.InterfaceError)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def may_repeat(environ: dict[str, Any]) -> bool:
    """Returns whether the request that ran with `environ` lost its connection before it changed anything."""
    return bool(environ.get(_REPEAT))


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`: a 503 page for a lost database connection, the 500 page for any other error."""
    if not is_lost(sys.exc_info()[1]):
        return default_server_error(request)
    connection.close()
    request.META[_REPEAT] = request.method in _SAFE or not _writes.done
    return unavailable(request, is_doubtful=request.method not in _SAFE and _writes.done)


def unavailable(request: HttpRequest, *, is_doubtful: bool) -> HttpResponse:
    """Returns the 503 page with the submitted form, ready to be sent again. Does not use the database.

    `is_doubtful`: part of the request may already be saved.
    """
    fields = _typed(request) if request.method == "POST" else []
    context = {
        "fields": fields,
        "address": request.get_full_path(),
        "is_post": request.method == "POST",
        "is_doubtful": is_doubtful,
        "lost_files": bool(request.method == "POST" and request.FILES),
    }
    body = render_to_string("503.html", context)
    return HttpResponse(body, status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "5"})


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Returns the submitted fields; none if one of them is a password or a code."""
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    if any("password" in name.lower() or name == "code" for name, _ in fields):
        return []
    return fields if sum(len(name) + len(value) for name, value in fields) <= _KEPT_BYTES else []
