"""The files that messages carry, for members of the workspace they belong to."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from wabolt.accounts.queries import workspace_of
from wabolt.lib.file_responses import file_response
from wabolt.lib.web import requires
from wabolt.media import queries
from wabolt.media.models import MediaFile


@requires("viewer")
@require_safe
def file(request: HttpRequest, media_id: int) -> HttpResponseBase:
    """The bytes of a file."""
    workspace = workspace_of(request)
    try:
        found = queries.media_file(workspace, media_id)
    except MediaFile.DoesNotExist:
        raise Http404 from None
    return file_response(
        request,
        mime_type=found.mime_type,
        name=found.name or f"{found.kind}-{found.pk}",
        sha256=found.sha256,
        size=found.size,
        read=lambda: queries.media_bytes(workspace, media_id),
    )
