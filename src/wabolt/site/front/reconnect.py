"""A request whose database connection broke: when it may be run once more, and what its page says otherwise.

PostgreSQL ends connections when it restarts, fails over or is told to (`pg_terminate_backend`). Each thread opens a
new one at once, so the second run of a request nearly always succeeds.
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
_KEPT_BYTES = 128 * 1024  # of what was typed; more is not written into the page
# Class 08: connection exceptions. 57P01 to 57P05: the server shuts down, crashed, starts or ended an idle session.
# 53300: too many connections.
_LOST = ("08", "57P", "53300")


class _Writes(threading.local):
    done = False


_writes = _Writes()


def begin_request() -> None:
    """To be called in the thread of a request before it runs."""
    _writes.done = False


def note_writes(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """An execute wrapper that remembers whether this request may have changed anything."""
    result = execute(sql, params, many, context)
    if sql.lstrip()[:6].upper() != "SELECT" or "procrastinate" in sql:
        _writes.done = True
    return result


def watch_writes(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Receiver of `connection_created`."""
    if note_writes not in connection.execute_wrappers:
        connection.execute_wrappers.append(note_writes)


def is_lost(error: BaseException | None) -> bool:
    """Whether `error`, or what caused it, says that the connection to the database is gone or cannot be made."""
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
    """Whether the request that ran with `environ` lost its connection and changed nothing."""
    return bool(environ.get(_REPEAT))


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`: a page that asks to try again, with what was typed, where the database was lost; else 500."""
    if not is_lost(sys.exc_info()[1]):
        return default_server_error(request)
    connection.close()
    request.META[_REPEAT] = request.method in _SAFE or not _writes.done
    return unavailable(request, is_doubtful=request.method not in _SAFE and _writes.done)


def unavailable(request: HttpRequest, *, is_doubtful: bool) -> HttpResponse:
    """The page for a database that does not answer (503). Reads nothing from the database.

    `is_doubtful`: some of the request may have been saved already.
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
    """The fields of a form that was sent, to be sent again; none where one of them is a password or a code."""
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    if any("password" in name.lower() or name == "code" for name, _ in fields):
        return []
    return fields if sum(len(name) + len(value) for name, value in fields) <= _KEPT_BYTES else []
