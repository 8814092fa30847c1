"""The pages of the shell: "More", the style guide, and the files that make WABolt installable on a phone."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from wabolt.lib.web import public, requires
from wabolt.ui import samples, worker_scripts

# Change it when a precached file changes: the browser then drops the old cache.
CACHE_NAME = "wabolt-4"
PRECACHED = (
    "vendor/tabler.min.css",
    "vendor/icons.svg",
    "ui/wabolt.css",
    "ui/parts.css",
    "ui/wabolt.js",
    "ui/drafts.js",
    "ui/early.js",
    "ui/logo.svg",
)


@requires("viewer")
def more(request: HttpRequest) -> HttpResponse:
    """All entries that the phone's bottom bar does not show."""
    return render(request, "ui/more.html")


@public("shows components with invented data, and only in development or to a demo shop")
def style_guide(request: HttpRequest) -> HttpResponse:
    """Every component on one page, for visual review."""
    workspace = getattr(request, "workspace", None)
    if not (settings.DEBUG or getattr(workspace, "is_demo", False)):
        raise Http404
    return render(request, "ui/style_guide.html", samples.style_guide(request))


@public("stands in for any page while there is no connection; holds no data")
def offline(request: HttpRequest) -> HttpResponse:
    """The page that an installed WABolt shows without a connection."""
    return render(request, "ui/offline.html")


@public("the browser asks for it before anyone signs in")
def manifest(_request: HttpRequest) -> HttpResponse:
    """The web app manifest."""
    answer = {
        "name": "WABolt",
        "short_name": "WABolt",
        "description": _("Your shop's customers and messages on WhatsApp"),
        "lang": get_language(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f7f7fb",
        "theme_color": "#4a33c7",
        "icons": [
            {"src": static("ui/logo.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
            {"src": static("ui/maskable.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "maskable"},
        ],
    }
    return JsonResponse(answer, content_type="application/manifest+json")


@public("a script without data; has to be readable at the root to serve the whole site")
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker: caches static files and the offline page, never a page with a shop's data."""
    context = {
        "setup": {
            "cache": CACHE_NAME,
            "offline": reverse("ui:offline"),
            "static": settings.STATIC_URL,
            "files": [static(name) for name in PRECACHED],
        },
        "scripts": [static(name) for name in worker_scripts.names()],
    }
    return render(
        request,
        "ui/sw.js",
        context,
        content_type="text/javascript",
    )
