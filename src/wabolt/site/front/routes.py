"""Facts about a request that the front needs before it reads the body."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.wsgi import WSGIRequest, get_path_info
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve

from wabolt.lib.text import is_storable
from wabolt.lib.web import DEFAULT_BODY


@dataclass(frozen=True)
class Route:
    """The limits of a request.

    - `name`: the name of the URL pattern, "static" for static files, "none" if no view matches the path.
    - `body_limit`: bytes that the view accepts (`lib.web.accepts_body`).
    - `body_limit_applies_to_members`: the limit is above the default and requires a session.
    - `is_long`: the response takes long to produce (`lib.web.long_response`).
    - `is_for_crowds`: very many strangers may ask for it at once (`lib.web.for_crowds`).
    - `is_known`: a view matches the path.
    - `check`: refuses requests without reading their body (`lib.web.checks_first`).
    """

    name: str = "none"
    body_limit: int = DEFAULT_BODY
    body_limit_applies_to_members: bool = False
    is_long: bool = False
    is_for_crowds: bool = False
    is_known: bool = True
    check: Callable[[HttpRequest], HttpResponseBase | None] | None = None


def route_of(environ: dict[str, Any]) -> Route:
    """Returns the route of a request; the defaults if no view matches its path."""
    try:
        path = get_path_info(environ)
        if not is_storable(path):
            return Route(is_known=False)
        match = resolve(path)
    except UnicodeDecodeError:
        return Route(is_known=False)
    except Resolver404:
        return Route("static" if path.startswith(settings.STATIC_URL) else "none", is_known=False)
    view = match.func
    limit = getattr(view, "body_limit", DEFAULT_BODY)
    is_public = str(getattr(view, "access", "")).startswith("public:")
    check = getattr(view, "check_first", None)
    return Route(
        name=match.view_name,
        body_limit=limit,
        body_limit_applies_to_members=limit > DEFAULT_BODY and not is_public,
        is_long=getattr(view, "is_long", False),
        is_for_crowds=getattr(view, "is_for_crowds", False),
        check=partial(check, **match.kwargs) if check else None,
    )


def is_refused_unread(environ: dict[str, Any], route: Route) -> bool:
    """Returns whether the view refuses the request with any body. May read the database."""
    return route.check is not None and route.check(_without_body(environ)) is not None


def _without_body(environ: dict[str, Any]) -> WSGIRequest:
    return WSGIRequest({**environ, "wsgi.input": BytesIO(), "CONTENT_LENGTH": "0"})


def is_signed_in(environ: dict[str, Any]) -> bool:
    """Returns whether the request has the session of a signed-in user. Reads the database."""
    request = _without_body(environ)
    store = import_module(settings.SESSION_ENGINE).SessionStore
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return False
    request.session = store(key)
    return bool(get_user(request).is_authenticated)
