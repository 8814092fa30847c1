"""The share target of the installed app: a shared text or file becomes the start of a broadcast."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import workspace_of
from wabolt.lib.errors import DomainError
from wabolt.lib.text import storable
from wabolt.lib.web import accepts_body, requires
from wabolt.media.models import MediaFile
from wabolt.media.queries import media_file
from wabolt.media.services import store_upload
from wabolt.personalization.queries import MAX_TEXT

SESSION_KEY = "shared"
FIELDS = ("title", "text", "url")


@csrf_exempt
@accepts_body(settings.MEDIA_MAX_BYTES)
@requires("manager")
@require_http_methods(["GET", "POST"])
def share(request: HttpRequest) -> HttpResponse:
    """The share target of the manifest: keeps text and file in the session and opens the composer with them.

    The phone's share sheet has no CSRF token. The request is taken only if the browser says that it was not started by
    another site (Sec-Fetch-Site, which scripts cannot set); other sites' requests carry no session cookie anyway
    (SameSite=Lax). Nothing is saved as a broadcast or sent before the member saves the composer's form.

    A file of a visitor is refused unread. The sign-in leads back here with GET, which asks to share it again.
    """
    if request.method == "GET":
        messages.warning(request, _("You are signed in now. Please share it once more; it was not kept before."))
        return redirect("broadcasts:new")
    given = request.POST  # read first: the page of a refusal reads it too, and a broken body would break that page
    if request.headers.get("Sec-Fetch-Site") not in {"none", "same-origin"}:
        raise PermissionDenied
    workspace = workspace_of(request)
    parts = [storable(str(given.get(name, ""))).strip() for name in FIELDS]
    text = "\n".join(dict.fromkeys(part for part in parts if part))[:MAX_TEXT]
    media = None
    upload = request.FILES.get("file")
    if upload is not None:
        try:
            media = store_upload(workspace=workspace, upload=upload)
        except DomainError as error:
            messages.error(request, str(error))
    if media is None and not text:
        if upload is None:
            messages.warning(request, _("Nothing was shared. Share a photo, a PDF or a text."))
        return redirect("broadcasts:new")
    request.session[SESSION_KEY] = {"workspace": workspace.pk, "text": text, "media": media.pk if media else None}
    return redirect(f"{reverse('broadcasts:new')}?shared=1")


def shared(request: HttpRequest, workspace: Workspace) -> tuple[str, MediaFile | None]:
    """Returns (text, file) of the last share if the page was opened by it, else an empty text and None."""
    kept: Any = request.session.get(SESSION_KEY) if "shared" in request.GET else None
    if not kept or kept["workspace"] != workspace.pk:
        return "", None
    try:
        return kept["text"], media_file(workspace, kept["media"]) if kept["media"] else None
    except MediaFile.DoesNotExist:
        return kept["text"], None


def forget_shared(request: HttpRequest) -> None:
    """Called when the draft is saved."""
    request.session.pop(SESSION_KEY, None)
