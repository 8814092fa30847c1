"""The inbox: the list of conversations, and one of them next to it."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.channels.queries import channels
from wabolt.contacts import registry
from wabolt.contacts.models import ContactView
from wabolt.contacts.services import note_view
from wabolt.inbox import queries, services
from wabolt.inbox.forms import AnswerTimeForm
from wabolt.lib.roles import at_least
from wabolt.lib.web import (
    edits,
    kept_offline,
    not_modified,
    render_page,
    requires,
    validate,
    whole_number,
    words_of,
)
from wabolt.messaging.models import Conversation
from wabolt.messaging.services import mark_answered, mark_read
from wabolt.ui.filters import relative_time


@requires("viewer")
@kept_offline
@require_safe
def conversation_list(request: HttpRequest) -> HttpResponse:
    """List the conversations, newest first; `?show=waiting` selects those that wait for an answer."""
    workspace = workspace_of(request)
    only_waiting, words = request.GET.get("show") == "waiting", words_of(request)
    behind = queries.cursor_of(request.GET.get("behind", ""))
    page = queries.conversation_page(workspace, waiting=only_waiting, words=words, behind=behind)
    waiting, several = queries.waiting_of(request), len(channels(workspace)) > 1
    times = [relative_time(row.last_inbound_at) for row in page.conversations]
    facts = (page, waiting, several, times)
    if unchanged := not_modified(request, *facts):
        return unchanged
    context = {
        "page": page,
        "rows": list(zip(page.conversations, times, strict=True)),
        "only_waiting": only_waiting,
        "all_shown": not only_waiting,
        "q": words,
        "open": whole_number(request.GET.get("open", "")),
        "list_query": _query(request),
        "waiting": waiting,
        "several_numbers": several,
        "all_url": _url(q=words),
        "waiting_url": _url(show="waiting", q=words),
        "poll_url": request.get_full_path(),
        "live": behind is None,
        "newest_url": _url(show="waiting" if only_waiting else "", q=words) if behind else "",
        "older_url": _url(show="waiting" if only_waiting else "", q=words, behind=str(page.older))
        if page.older
        else "",
        "nobody": not (page.conversations or words or only_waiting or behind),
    }
    page_or_fragment = render_page(request, "inbox/conversation_list.html", context, fragments=("conversations",))
    return validate(request, page_or_fragment, *facts)


def _conversation_or_404(workspace: Workspace, conversation_id: int) -> Conversation:
    try:
        return queries.get_conversation(workspace, conversation_id)
    except Conversation.DoesNotExist:
        raise Http404 from None


@requires("viewer")
@kept_offline
@require_safe
def conversation(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Show one conversation. The way back leads to the same part of the list; wide screens show the list too."""
    workspace = workspace_of(request)
    found = _conversation_or_404(workspace, conversation_id)
    if at_least(membership_of(request).role, "agent"):
        mark_read(workspace=workspace, contact=found.contact)
    note_view(workspace=workspace, contact_id=found.contact_id, user=user_of(request), how=ContactView.How.CHAT)
    query = _query(request)
    context = {
        "conversation": found,
        "contact": found.contact,
        "may_finish": at_least(membership_of(request).role, "agent") and found.unanswered > 0,
        "done_url": f"{reverse('inbox:done', args=[found.pk])}{query}",
        "panels": [
            (panel.template, values) for panel, values in registry.shown_panels("conversation", request, found.contact)
        ],
        "back_url": f"{reverse('inbox:list')}{query}#conversation-{found.pk}",
        "list_url": f"{reverse('inbox:list')}{query}{'&' if query else '?'}open={found.pk}",
    }
    return render(request, "inbox/conversation.html", context)


@requires("agent")
@require_POST
def conversation_done(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Mark a conversation as done without a reply, and lead back to the list."""
    workspace = workspace_of(request)
    found = _conversation_or_404(workspace, conversation_id)
    mark_answered(workspace=workspace, contact=found.contact)
    messages.success(request, _("Done. It comes back when the customer writes again."))
    return redirect(f"{reverse('inbox:list')}{_query(request)}")


def _query(request: HttpRequest) -> str:
    """Return the filter and position in the list that the address names, as a query string; empty for the top."""
    given = urlencode({key: request.GET[key] for key in ("show", "q", "behind") if request.GET.get(key)})
    return f"?{given}" if given else ""


def _url(**params: str) -> str:
    given = urlencode({key: value for key, value in params.items() if value})
    return f"{reverse('inbox:list')}{'?' if given else ''}{given}"


@requires("manager")
@edits()
@require_http_methods(["GET", "POST"])
def answer_time(request: HttpRequest) -> HttpResponse:
    """The answer time of the shop."""
    workspace = workspace_of(request)
    form = AnswerTimeForm(
        request.POST if request.method == "POST" else None, initial=queries.answer_time_values(workspace)
    )
    if request.method == "POST" and form.is_valid():
        services.save_answer_time(workspace=workspace, minutes=form.cleaned_data["minutes"], by=user_of(request))
        messages.success(request, _("Saved."))
        return redirect("inbox:answer_time")
    return render_page(request, "inbox/answer_time.html", {"form": form}, status=422 if form.errors else 200)
