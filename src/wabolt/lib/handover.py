"""Files that people uploaded or sent, handed to a browser in a way in which nothing in them ever runs."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

SHOWN = {
    "image/jpeg", "image/png", "image/webp", "image/gif",
    "audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr",
    "video/mp4", "video/3gpp",
}  # fmt: skip
"""What a browser may show by itself; whatever else is handed over as a file to be kept."""


def file_response(
    request: HttpRequest, *, mime_type: str, name: str, sha256: str, size: int, read: Callable[[], bytes]
) -> HttpResponseBase:
    """Bytes that never change (`sha256` names them): a browser that has them is told so without calling `read`."""
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
