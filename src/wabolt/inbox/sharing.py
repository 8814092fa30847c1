"""The share target of the installed app: a shared text or file goes into a chat or starts a broadcast."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from wabolt.accounts.queries import membership_of, workspace_of
from wabolt.inbox import queries
from wabolt.lib.errors import DomainError
from wabolt.lib.roles import at_least
from wabolt.lib.text import storable
from wabolt.lib.web import accepts_body, render_page, requires, words_of
from wabolt.media.queries import Shared, shared_in, shown_media
from wabolt.media.services import keep_shared, store_upload
from wabolt.personalization.queries import MAX_TEXT

FIELDS = ("title", "text", "url")


@csrf_exempt
@accepts_body(settings.MEDIA_MAX_BYTES)
@requires("agent")
@require_http_methods(["GET", "POST"])
def share(request: HttpRequest) -> HttpResponse:
    """The share target of the manifest: keeps text and file in the session and asks where they go.

    The phone's share sheet has no CSRF token. The request is taken only if the browser says that it was not started by
    another site (Sec-Fetch-Site, which scripts cannot set); other sites' requests carry no session cookie anyway
    (SameSite=Lax). Nothing is sent or saved as a broadcast before the member sends the form of a composer.

    A file of a visitor is refused unread. The sign-in leads back here with GET, which asks to share it again.
    """
    if request.method == "GET":
        messages.warning(request, _("You are signed in now. Please share it once more; it was not kept before."))
        return redirect("inbox:list")
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
        return redirect("inbox:list")
    keep_shared(request=request, workspace=workspace, shared=Shared(text, media))
    return redirect("inbox:share_to")


@requires("agent")
@require_safe
def share_to(request: HttpRequest) -> HttpResponse:
    """The choice between a new broadcast and the newest conversations, with a search."""
    workspace = workspace_of(request)
    shared = shared_in(request, workspace)
    if shared == Shared():
        messages.warning(request, _("Nothing was shared. Share a photo, a PDF or a text."))
        return redirect("inbox:list")
    words = words_of(request)
    context = {
        "text": shared.text,
        "file": shown_media(shared.media),
        "q": words,
        "conversations": queries.conversation_page(workspace, words=words).conversations,
        "broadcast_url": f"{reverse('broadcasts:new')}?shared=1"
        if at_least(membership_of(request).role, "manager")
        else "",
    }
    return render_page(request, "inbox/share.html", context, fragments=("found",))
