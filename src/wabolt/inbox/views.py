"""The inbox: who wrote, who waits."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from wabolt.accounts.queries import workspace_of
from wabolt.channels.queries import channels
from wabolt.inbox import queries
from wabolt.lib.web import render_page, requires, words_of


@requires("viewer")
@require_safe
def conversation_list(request: HttpRequest) -> HttpResponse:
    """Everybody who has written, the latest first; `?show=unread` leaves those whom nobody has looked at yet."""
    workspace = workspace_of(request)
    unread, words = request.GET.get("show") == "unread", words_of(request)
    behind = queries.place_of(request.GET.get("behind", ""))
    page = queries.conversation_page(workspace, unread=unread, words=words, behind=behind)
    context = {
        "page": page,
        "unread": unread,
        "all_shown": not unread,
        "q": words,
        "waiting": queries.count_unread(workspace),
        "several_numbers": len(channels(workspace)) > 1,
        "all_url": _url(q=words),
        "unread_url": _url(show="unread", q=words),
        "poll_url": request.get_full_path(),
        "live": behind is None,
        "newest_url": _url(show="unread" if unread else "", q=words) if behind else "",
        "older_url": _url(show="unread" if unread else "", q=words, behind=str(page.older)) if page.older else "",
        "nobody": not (page.talks or words or unread or behind),
    }
    return render_page(request, "inbox/conversation_list.html", context, fragments=("talks",))


def _url(**params: str) -> str:
    given = urlencode({key: value for key, value in params.items() if value})
    return f"{reverse('inbox:list')}{'?' if given else ''}{given}"
