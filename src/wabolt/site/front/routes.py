"""Facts about a request that the front needs before it reads the body."""

from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.wsgi import WSGIRequest, get_path_info
from django.urls import Resolver404, resolve

from wabolt.lib.web import DEFAULT_BODY


@dataclass(frozen=True)
class Route:
    """The limits of a request.

    - `body_limit`: bytes that the view accepts (`lib.web.accepts_body`).
    - `body_limit_applies_to_members`: the limit is above the default and requires a session.
    - `any_host`: the view answers under any host name (`lib.web.answers_any_host`).
    - `is_long`: the response takes long to produce (`lib.web.long_response`).
    """

    body_limit: int = DEFAULT_BODY
    body_limit_applies_to_members: bool = False
    is_long: bool = False
    any_host: bool = False


def route_of(environ: dict[str, Any]) -> Route:
    """Returns the route of a request; the defaults if no view matches its path."""
    try:
        view = resolve(get_path_info(environ)).func
    except (Resolver404, UnicodeDecodeError):
        return Route()
    limit = getattr(view, "body_limit", DEFAULT_BODY)
    is_public = str(getattr(view, "access", "")).startswith("public:")
    return Route(
        body_limit=limit,
        body_limit_applies_to_members=limit > DEFAULT_BODY and not is_public,
        is_long=getattr(view, "is_long", False),
        any_host=getattr(view, "any_host", False),
    )


def is_signed_in(environ: dict[str, Any]) -> bool:
    """Returns whether the request has the session of a signed-in user. Reads the database."""
    request = WSGIRequest({**environ, "wsgi.input": BytesIO(), "CONTENT_LENGTH": "0"})
    store = import_module(settings.SESSION_ENGINE).SessionStore
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return False
    request.session = store(key)
    return bool(get_user(request).is_authenticated)
