"""The pages "Recent problems" and "Version"."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from wabolt import __version__
from wabolt.accounts.queries import membership_of, workspace_of
from wabolt.lib.web import requires
from wabolt.operations import queries, services
from wabolt.operations.rules import Release


@requires("manager")
@require_safe
def recent_problems(request: HttpRequest) -> HttpResponse:
    """Shows the problems of the last 30 days."""
    problems = queries.recent_problems(workspace_of(request), membership_of(request).role)
    return render(request, "operations/recent_problems.html", {"problems": problems})


@requires("owner")
@require_safe
def version(request: HttpRequest) -> HttpResponse:
    """Shows the version, what is new in each release, and the newest release that is known."""
    latest = queries.newest_release()
    offered = None
    if latest is not None and queries.is_update(latest):
        offered = _notes(Release(latest.version, latest.notes, latest.url))
    context = {
        "version": __version__,
        "latest": latest,
        "offered": offered,
        "offered_url": latest.url if latest else "",
        "releases": [(release.version, day, _notes(release)) for release, day in queries.releases()],
        "source": queries.release_source(),
    }
    return render(request, "operations/version.html", context)


@requires("owner")
@require_POST
def check_now(request: HttpRequest) -> HttpResponse:
    """Asks for a newer version."""
    services.check_for_update()
    return redirect("operations:version")


def _notes(release: Release) -> list[str]:
    """Returns the notes of a release in the reader's language, else in English."""
    language = (get_language() or "id")[:2]
    return release.notes.get(language) or release.notes.get("en") or []
