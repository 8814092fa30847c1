"""Serves uploaded and received files so that a browser never executes anything in them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

SHOWN = {
    "image/jpeg", "image/png", "image/webp", "image/gif",
    "audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr",
    "video/mp4", "video/3gpp",
}  # fmt: skip
"""Types that a browser may display. Every other type is served as a download."""


def file_response(
    request: HttpRequest, *, mime_type: str, name: str, sha256: str, size: int, read: Callable[[], bytes]
) -> HttpResponseBase:
    """Serves immutable bytes. `sha256` is their ETag: a browser that has them gets 304 without a call of `read`."""
    mime_type = mime_type.partition(";")[0].strip().lower()
    response = HttpResponse(content_type=mime_type if mime_type in SHOWN else "application/octet-stream")
    etag = f'"{sha256}"'
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Content-Disposition"] = content_disposition_header(mime_type not in SHOWN, name) or "attachment"
    unchanged = get_conditional_response(request, etag=etag, response=response)
    if unchanged is not response:
        return unchanged or response
    if request.method == "GET":
        response.content = read()
    else:
        response["Content-Length"] = str(size)
    return response
