"""The files of public pages: pictures, QR codes, colours, and the picture of a shared link.

They hold no personal data, so browsers and proxies may cache them.
"""

import re
from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from wabolt.lib.file_responses import file_response
from wabolt.lib.web import for_crowds, public
from wabolt.media.queries import media_bytes
from wabolt.optin import pictures, queries
from wabolt.optin.pages import headline_of, share_version
from wabolt.optin.rules.codes import is_code
from wabolt.optin.rules.colours import palette
from wabolt.optin.share_picture import draw_share_picture

DAY, YEAR = 86_400, 31_536_000
_COLOUR = re.compile(r"[0-9a-f]{6}")


@for_crowds
@public("the pictures that a shop shows on its page")
@require_safe
def picture(request: HttpRequest, slug: str, name: str) -> HttpResponseBase:
    """The picture or the logo of an entry point. The address carries the version of the file."""
    point = queries.shown_point(slug)
    if point is None:
        raise Http404
    queries.read_files(point)
    file = {"picture": point.picture, "logo": point.logo}.get(name)
    if file is None:
        raise Http404
    workspace, media_id = point.workspace, file.pk
    response = file_response(
        request,
        mime_type=file.mime_type,
        name=f"{name}.jpg",
        sha256=file.sha256,
        size=file.size,
        read=lambda: media_bytes(workspace, media_id),
    )
    response["Cache-Control"] = f"public, max-age={DAY}"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@for_crowds
@public("chats and social networks show it with a link")
@require_safe
def share_picture(request: HttpRequest, slug: str) -> HttpResponse:
    """The Open Graph picture of an entry point."""
    point = queries.shown_point(slug)
    if point is None:
        raise Http404
    queries.read_files(point)
    logo = media_bytes(point.workspace, point.logo.pk) if point.logo else b""
    drawn = draw_share_picture(point.workspace.name, headline_of(point), point.incentive, point.colour, logo)
    current = request.GET.get("v") == share_version(point)
    return _kept(drawn, "image/png", YEAR if current else 3600)


@for_crowds
@public("the QR code of a public page, for visitors on a computer")
@require_safe
def qr(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """The QR code of the address that opens WhatsApp with the code of a placement or of a submitted form."""
    if not is_code(code):
        raise Http404
    point = queries.point_by_slug(slug)
    entry = queries.waiting_entry(point, code) if point else None
    if point is None or not (entry or point.placements.filter(code=code).exists()):
        raise Http404
    drawn = pictures.qr_image(queries.first_message(point, code).url)
    response = _kept(drawn, "image/svg+xml", DAY)
    if entry:
        response["Cache-Control"] = "no-store"
    return response


@for_crowds
@public("the shades of a colour, for public pages")
@require_safe
def style(request: HttpRequest, colour: str) -> HttpResponse:
    """A style sheet with the readable shades of a colour. It never changes."""
    if not _COLOUR.fullmatch(colour):
        raise Http404
    shades = palette(f"#{colour}")
    rules = (
        f".wi-page{{--wi-fill:{shades.fill};--wi-on-fill:{shades.on_fill};"
        f"--wi-shade:light-dark({shades.on_light},{shades.on_dark})}}"
    )
    return _kept(rules.encode(), "text/css", YEAR)


def _kept(body: bytes, content_type: str, seconds: int) -> HttpResponse:
    headers: Mapping[str, str] = {
        "Cache-Control": f"public, max-age={seconds}{', immutable' if seconds == YEAR else ''}",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return HttpResponse(body, content_type=content_type, headers=headers)
