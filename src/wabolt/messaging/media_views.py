"""The files that messages carry, for members of the workspace they belong to."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from wabolt.lib.web import requires
from wabolt.messaging import queries
from wabolt.messaging.models import MediaFile

SHOWN = {
    "image/jpeg", "image/png", "image/webp", "image/gif",
    "audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr",
    "video/mp4", "video/3gpp",
}  # fmt: skip
"""What a browser may show by itself; whatever else is handed over as a file, so that nothing in it ever runs here."""


@requires("viewer")
@require_safe
def media(request: HttpRequest, media_id: int) -> HttpResponseBase:
    """The bytes of a file, which never change: a browser that has them is told so without reading them."""
    workspace = request.workspace  # type: ignore[attr-defined]
    try:
        found = queries.media_file(workspace, media_id)
    except MediaFile.DoesNotExist:
        raise Http404 from None
    mime_type = found.mime_type.partition(";")[0].strip().lower()
    response = HttpResponse(content_type=mime_type if mime_type in SHOWN else "application/octet-stream")
    etag = f'"{found.sha256}"'
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Content-Disposition"] = content_disposition_header(
        mime_type not in SHOWN, found.name or f"{found.kind}-{found.pk}"
    )
    unchanged = get_conditional_response(request, etag=etag, response=response)
    if unchanged is not response:
        return unchanged or response
    if request.method == "GET":
        response.content = queries.media_bytes(workspace, media_id)
    else:
        response["Content-Length"] = str(found.size)
    return response
