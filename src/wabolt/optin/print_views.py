"""The QR kit of a way in: the choice of a medium with previews, and the files to print."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from wabolt.accounts.queries import workspace_of
from wabolt.lib.errors import DomainError
from wabolt.lib.web import long_response, render_page, requires
from wabolt.optin import queries, services
from wabolt.optin.models import EntryPoint
from wabolt.optin.print_kit import FORMATS, MEDIA, Content, refusal, sheet


@requires("viewer")
@require_GET
def kit(request: HttpRequest, point_id: int) -> HttpResponse:
    """All media for one placement of a way in, each with a preview and its files."""
    point = _point(request, point_id)
    placements = list(queries.placements_of(point).select_related("wording"))
    chosen = next((placement for placement in placements if placement.code == request.GET.get("code")), placements[0])
    content = Content.of(point, chosen)
    base = reverse("optin:print", args=[point.pk, chosen.code])
    media: list[dict[str, Any]] = [
        {
            "medium": medium,
            "refusal": refusal(medium, content),
            "metres": medium.distance / 1000,
            "preview": f"{base}?medium={medium.key}&format=svg&preview=1",
            "files": [(name.upper(), f"{base}?medium={medium.key}&format={name}") for name in FORMATS],
        }
        for medium in sorted(MEDIA.values(), key=lambda medium: medium.key != chosen.medium)
    ]
    context: dict[str, Any] = {"point": point, "placements": placements, "chosen": chosen, "media": media}
    context["is_simulated"] = queries.is_simulated(point)
    context["scan_url"] = queries.scan_url(point, chosen)
    return render_page(request, "optin/kit.html", {**context, "outdated": queries.outdated_prints(point)})


@requires("viewer")
@long_response
@require_GET
def print_file(request: HttpRequest, point_id: int, code: str) -> HttpResponse:
    """One medium as a file. `medium` is a key of MEDIA, `format` a key of FORMATS; a poster as PDF without them.

    A file that is not a `preview` is noted as printed, so that a later change of the text can warn about it.
    """
    point = _point(request, point_id)
    placement = queries.placements_of(point).select_related("wording").filter(code=code).first()
    medium = MEDIA.get(request.GET.get("medium", "poster"))
    ending = request.GET.get("format", "pdf")
    if placement is None or medium is None or ending not in FORMATS:
        raise Http404
    draw, media_type = FORMATS[ending]
    try:
        drawn = draw(sheet(medium, Content.of(point, placement)))
    except DomainError as problem:
        messages.error(request, _("Not printed. %(why)s") % {"why": problem})
        return redirect(f"{reverse('optin:kit', args=[point.pk])}?code={placement.code}")
    if "preview" not in request.GET:
        services.note_print(workspace=point.workspace, placement_id=placement.pk)
    name = f"{medium.key}-{placement.code}.{ending}"
    return HttpResponse(
        drawn, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _point(request: HttpRequest, point_id: int) -> EntryPoint:
    point = queries.entry_point(workspace_of(request), point_id)
    if point is None:
        raise Http404
    return point
