"""Public pages in frames of other websites, and the script that puts them there. See docs/adr/0034-embedding.md."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from csp.constants import NONE
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from wabolt.lib.public_address import absolute_url
from wabolt.lib.web import for_crowds, public
from wabolt.optin.models import EntryPoint
from wabolt.optin.pages import headline_of
from wabolt.optin.queries import page_url
from wabolt.optin.rules.colours import palette

_QUERY = "embed=1"
SCRIPT_PATH = "/embed/v1.js"
"""The address that shops copy into their websites. A change that would break old snippets needs a new address."""
_WEEK = 604_800
WAYS = ("inline", "button", "popup")


@for_crowds
@public("websites of shops load it")
@require_safe
def embed_script(request: HttpRequest) -> HttpResponse:
    """The script that shows a page on another website."""
    headers = {
        "Cache-Control": f"public, max-age={_WEEK}, stale-while-revalidate={4 * _WEEK}",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return HttpResponse(_script(), content_type="text/javascript; charset=utf-8", headers=headers)


@cache
def _script() -> bytes:
    return (Path(__file__).parent / "static" / "optin" / "embed.js").read_bytes()


def in_frame(request: HttpRequest, point: EntryPoint, make: Callable[[], HttpResponse]) -> HttpResponse:
    """The response of `make`.

    If the request comes from a frame (`?embed=1`), the websites that the shop allows may show the response, and
    templates find `request.is_framed`.
    """
    request.is_framed = _asks_for_frame(request, point)  # type: ignore[attr-defined]
    response = make()
    if not request.is_framed:  # type: ignore[attr-defined]
        return response
    sites = ["*"] if point.embedding == EntryPoint.Embedding.ANYWHERE else point.embedding_sites or [NONE]
    response._csp_replace = {"frame-ancestors": sites}  # type: ignore[attr-defined]  # read by django-csp
    response.xframe_options_exempt = True  # the policy above replaces this old header
    return response


def stay_in_frame(request: HttpRequest, point: EntryPoint, url: str) -> str:
    """The address of the next page, for the frame that the request comes from."""
    return f"{url}?{_QUERY}" if _asks_for_frame(request, point) else url


def _asks_for_frame(request: HttpRequest, point: EntryPoint) -> bool:
    return request.GET.get("embed") == "1" and point.embedding != EntryPoint.Embedding.NOWHERE


def snippet(point: EntryPoint, form: str, *, delay: int = 5) -> SafeString:
    """The one line that a shop copies into its website: the script, and a link for visitors without scripts."""
    shades, label = palette(point.colour), headline_of(point)
    more = ""
    if form == "button":
        more = format_html(' data-fill="{}" data-ink="{}"', shades.fill, shades.on_fill)
    elif form == "popup":
        more = format_html(' data-delay="{}"', delay)
    return format_html(
        '<script src="{}" data-form="{}" data-as="{}" data-label="{}"{} async></script>'
        '<noscript><a href="{}">{}</a></noscript>',
        absolute_url(SCRIPT_PATH), point.slug, form, label, more, page_url(point), label,
    )  # fmt: skip
