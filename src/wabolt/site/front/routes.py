"""What the front asks Django about a request before it reads the body."""

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
    """How the front treats a request.

    `body_limit`: bytes of body that the view accepts (`lib.web.accepts_body`).
    `body_limit_applies_to_members`: the limit is above the default, and only for people who are signed in.
    `is_long`: writing the response takes long (`lib.web.long_response`).
    """

    body_limit: int = DEFAULT_BODY
    body_limit_applies_to_members: bool = False
    is_long: bool = False


def route_of(environ: dict[str, Any]) -> Route:
    """The route of a request; the defaults for an address that is none."""
    try:
        view = resolve(get_path_info(environ)).func
    except (Resolver404, UnicodeDecodeError):
        return Route()
    limit = getattr(view, "body_limit", DEFAULT_BODY)
    is_public = str(getattr(view, "access", "")).startswith("public:")
    return Route(limit, limit > DEFAULT_BODY and not is_public, getattr(view, "is_long", False))


def is_signed_in(environ: dict[str, Any]) -> bool:
    """Whether the request belongs to a session of somebody who has signed in. Reads the database."""
    request = WSGIRequest({**environ, "wsgi.input": BytesIO(), "CONTENT_LENGTH": "0"})
    store = import_module(settings.SESSION_ENGINE).SessionStore
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return False
    request.session = store(key)
    return bool(get_user(request).is_authenticated)
