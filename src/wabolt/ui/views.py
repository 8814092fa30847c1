"""The pages of the shell: "More", the style guide, and the files that make WABolt installable on a phone."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from wabolt.lib.web import public, requires
from wabolt.ui import installable, samples


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
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest, with the name of the member's shop."""
    workspace = getattr(request, "workspace", None)
    answer = installable.manifest(workspace.name if workspace else "")
    return JsonResponse(answer, content_type="application/manifest+json", headers={"Cache-Control": "no-cache"})


@public("a script without data; has to be readable at the root to serve the whole site")
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, or with `WABOLT_OFFLINE=0` one that removes itself and all caches."""
    name = "ui/sw.js" if settings.OFFLINE_PAGES else "ui/sw_remove.js"
    response = render(request, name, {"setup": installable.worker_setup()}, content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response
