"""The texts, pictures and colours of a public page, for the page itself and for its preview."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.lib.privacy_page import privacy_page
from wabolt.lib.public_address import absolute_url
from wabolt.lib.visitor_language import asked_language
from wabolt.optin.models import EntryPoint
from wabolt.optin.queries import page_url, read_files


def render_public(
    request: HttpRequest, point: EntryPoint, template: str, context: Mapping[str, object], status: int = 200
) -> HttpResponse:
    """The response with a public page of an entry point. It is not stored, and links do not tell its address."""
    read_files(point)
    # Without the token no cookie is set. The forms are not of a session.
    common = {"share_url": share_url(point), "page_url": page_url(point), "csrf_token": ""}
    response = render(request, template, {**page_context(point), **common, **context}, status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def page_context(point: EntryPoint, *, is_preview: bool = False) -> dict[str, Any]:
    """The variables of `optin/public/parts/card.html` that every page has. A preview shows files that are not public
    yet, so it takes them from the members' addresses."""
    pictures = {"picture": point.picture, "logo": point.logo}
    urls = {}
    for name, file in pictures.items():
        if file is None:
            urls[f"{name}_url"] = ""
        elif is_preview:
            urls[f"{name}_url"] = reverse("media:file", args=[file.pk])
        else:
            urls[f"{name}_url"] = f"{reverse('optin:picture', args=[point.slug, name])}?v={file.sha256[:10]}"
    return {"point": point, "headline": headline_of(point), "style_url": style_url(point.colour), **urls} | {
        "privacy_url": privacy_page(point.workspace_id)
    }


def style_url(colour: str) -> str:
    """The address of the style sheet with the shades of a colour."""
    return reverse("optin:style", args=[colour.removeprefix("#").lower()])


def share_url(point: EntryPoint) -> str:
    """The complete address of the picture that chats and social networks show with a link. It changes with the
    picture, so caches may keep the picture for ever."""
    return absolute_url(f"{reverse('optin:share_picture', args=[point.slug])}?v={share_version(point)}")


def share_version(point: EntryPoint) -> str:
    """A digest of everything that the shared picture shows."""
    logo = point.logo.sha256 if point.logo else ""
    shown = "\0".join([point.workspace.name, headline_of(point), point.incentive, point.colour, logo])
    return sha256(shown.encode()).hexdigest()[:12]


def headline_of(point: EntryPoint) -> str:
    """The headline of the page; without one, a usual one in the language of the shop's texts."""
    with override(point.language):
        return point.headline or _("News and offers from %(shop)s") % {"shop": point.workspace.name}


def visitor_language(request: HttpRequest, point: EntryPoint) -> str:
    """The language that the visitor's browser asks for, if we have it; else the language of the shop's texts."""
    return asked_language(request.headers.get("Accept-Language", "")) or point.language
