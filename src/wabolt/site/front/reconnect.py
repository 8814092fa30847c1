"""Requests that lose their database connection: the second attempt, and the page if it fails. A full disk has the same
page with another text.

PostgreSQL ends connections when it restarts, fails over, or is told to (`pg_terminate_backend`). Each thread opens a
new connection at once, so a second attempt nearly always succeeds.
"""

import logging
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import psycopg
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler
from django.db import InterfaceError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.template.loader import render_to_string
from django.views.defaults import server_error as default_server_error

from wabolt.lib.disk import causes, is_disk_full

log = logging.getLogger(__name__)
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
    """Returns an execute wrapper that records whether this request may have changed data."""
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
    return any(_is_lost(cause) for cause in causes(error))


def _is_lost(error: BaseException) -> bool:
    if isinstance(error, psycopg.OperationalError):
        return error.sqlstate is None or error.sqlstate.startswith(_LOST)
    if isinstance(error, OperationalError):
        return error.__cause__ is None
    return isinstance(error, InterfaceError | psycopg.InterfaceError)


def may_repeat(environ: dict[str, Any]) -> bool:
    """Returns whether the request that ran with `environ` lost its connection before it changed anything."""
    return bool(environ.get(_REPEAT))


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`: a 503 page for a lost database connection, a 507 page for a full disk, the 500 page for any other
    error."""
    error = sys.exc_info()[1]
    is_doubtful = request.method not in _SAFE and _writes.done
    if is_disk_full(error):
        log.error("the disk is full: %s", error)
        return unavailable(request, HTTPStatus.INSUFFICIENT_STORAGE, is_doubtful=is_doubtful)
    if not is_lost(error):
        return default_server_error(request)
    connection.close()
    request.META[_REPEAT] = not is_doubtful
    return unavailable(request, HTTPStatus.SERVICE_UNAVAILABLE, is_doubtful=is_doubtful)


def unavailable(request: HttpRequest, status: HTTPStatus, *, is_doubtful: bool) -> HttpResponse:
    """Returns the page with the submitted form, ready to be sent again. Does not use the database.

    `status`: 503 while the database is away, 507 for a full disk. `is_doubtful`: part of the request may already be
    saved.
    """
    is_post = request.method == "POST"
    context = {
        "fields": _typed(request) if is_post else [],
        "address": request.get_full_path(),
        "is_post": is_post,
        "is_full": status is HTTPStatus.INSUFFICIENT_STORAGE,
        "is_doubtful": is_doubtful,
        "lost_files": is_post and (bool(request.FILES) or request.content_type == "multipart/form-data"),
    }
    body = render_to_string("503.html", context)
    return HttpResponse(body, status=status, headers={"Retry-After": "5"})


class _NoFiles(FileUploadHandler):
    """Drops the files of a form."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Drops a piece of a file."""

    def file_complete(self, file_size: int) -> None:
        """Returns no file."""


def _posted(request: HttpRequest) -> QueryDict:
    """Returns the submitted fields. If an upload found no room on the disk, Django has dropped them: they are read from
    the body again, without its files."""
    if request.POST or request.content_type != "multipart/form-data":
        return request.POST
    body = request.META["wsgi.input"]
    try:
        body.seek(0)
        return MultiPartParser(request.META, body, [_NoFiles(request)], request.encoding).parse()[0]
    except (MultiPartParserError, SuspiciousOperation, OSError, ValueError):
        return request.POST


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Returns the submitted fields; none if one of them is a password or a code."""
    fields = [(name, value) for name, values in _posted(request).lists() for value in values]
    if any("password" in name.lower() or name == "code" for name, _ in fields):
        return []
    return fields if sum(len(name) + len(value) for name, value in fields) <= _KEPT_BYTES else []
