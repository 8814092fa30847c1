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
from wabolt.contacts.queries import phone_of
from wabolt.contacts.services import note_view
from wabolt.inbox import queries, services
from wabolt.inbox.forms import AnswerTimeForm
from wabolt.lib.errors import DomainError
from wabolt.lib.keyset import cursor_of
from wabolt.lib.roles import at_least
from wabolt.lib.web import (
    answer_poll,
    edits,
    kept_offline,
    render_page,
    requires,
    whole_number,
    words_of,
)
from wabolt.messaging.models import Conversation
from wabolt.messaging.services import mark_read, show_conversation
from wabolt.ui.filters import phone, relative_time

THREAD = 100
"""The order of the panel with the messages. Panels with a higher one are folded, so that the messages have room."""


@requires("viewer")
@kept_offline
@require_safe
def conversation_list(request: HttpRequest) -> HttpResponse:
    """Lists the conversations, newest first; `?show=waiting` selects those that wait for an answer, `?show=mine` those
    of the member."""
    workspace, user = workspace_of(request), user_of(request)
    show, words = request.GET.get("show", ""), words_of(request)
    show = show if show in {"waiting", "mine"} else ""
    only_waiting, only_mine = show == "waiting", show == "mine"
    behind = cursor_of(request.GET.get("behind", ""))
    owner = user if only_mine else None
    page = queries.conversation_page(workspace, waiting=only_waiting, owner=owner, words=words, behind=behind)
    waiting, own_count = queries.waiting_of(request), queries.count_owned(workspace, user)
    several = len(channels(workspace)) > 1
    times = [relative_time(row.last_inbound_at) for row in page.conversations]
    context = {
        "page": page,
        "rows": list(zip(page.conversations, times, strict=True)),
        "only_waiting": only_waiting,
        "only_mine": only_mine,
        "show": show,
        "all_shown": not show,
        "q": words,
        "open": whole_number(request.GET.get("open", "")),
        "list_query": _query(request),
        "waiting": waiting,
        "mine": own_count,
        "several_numbers": several,
        "all_url": _url(q=words),
        "waiting_url": _url(show="waiting", q=words),
        "mine_url": _url(show="mine", q=words),
        "poll_url": request.get_full_path(),
        "live": behind is None,
        "newest_url": _url(show=show, q=words) if behind else "",
        "older_url": _url(show=show, q=words, behind=str(page.older)) if page.older else "",
        "nobody": not (page.conversations or words or show or behind),
    }
    return answer_poll(
        request,
        (page, waiting, own_count, several, times),
        lambda: render_page(request, "inbox/conversation_list.html", context, fragments=("conversations",)),
    )


def _conversation_or_404(workspace: Workspace, conversation_id: int) -> Conversation:
    try:
        return queries.get_conversation(workspace, conversation_id)
    except Conversation.DoesNotExist:
        raise Http404 from None


@requires("viewer")
@kept_offline
@require_safe
def conversation(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Shows one conversation. The way back leads to the same part of the list; wide screens show the list too."""
    workspace = workspace_of(request)
    found = _conversation_or_404(workspace, conversation_id)
    may_answer = at_least(membership_of(request).role, "agent")
    if may_answer:
        mark_read(workspace=workspace, contact=found.contact)
    note_view(workspace=workspace, contact_id=found.contact_id, user=user_of(request), how=ContactView.How.CHAT)
    services.note_seen(conversation=found, by=user_of(request))
    show_conversation(request, found)
    panels = list(registry.shown_panels("conversation", request, found.contact))
    query, owner = _query(request), queries.owner_of(found)
    context = {
        "conversation": found,
        "contact": found.contact,
        "phone": "" if found.contact.name else phone(phone_of(found.contact)),
        "subtitle": f"{found.channel.name} · {owner}" if owner else found.channel.name,
        "may_assign": may_answer,
        "owner": owner,
        "members": queries.assignees(workspace) if may_answer else [],
        "assign_url": f"{reverse('inbox:assign', args=[found.pk])}{query}",
        "may_finish": may_answer and (found.unanswered > 0 or owner is not None),
        "done_url": f"{reverse('inbox:done', args=[found.pk])}{query}",
        "panels": [(panel.template, values) for panel, values in panels if panel.order <= THREAD],
        "more": [(panel.template, values) for panel, values in panels if panel.order > THREAD],
        "more_words": " · ".join(str(panel.title) for panel, _values in panels if panel.order > THREAD),
        "back_url": f"{reverse('inbox:list')}{query}#conversation-{found.pk}",
        "list_url": f"{reverse('inbox:list')}{query}{'&' if query else '?'}open={found.pk}",
    }
    return render(request, "inbox/conversation.html", context)


@requires("agent")
@require_POST
def conversation_done(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Marks a conversation as done without a reply, and leads back to the list."""
    workspace = workspace_of(request)
    found = _conversation_or_404(workspace, conversation_id)
    services.finish(conversation=found, by=user_of(request))
    messages.success(request, _("Done. It comes back when the customer writes again."))
    return redirect(f"{reverse('inbox:list')}{_query(request)}")


@requires("agent")
@require_POST
def assign(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Gives a conversation to a member, or frees it. `seen`: the owner that the page showed."""
    workspace, number = workspace_of(request), whole_number(request.POST.get("member", "")) or 0
    found = _conversation_or_404(workspace, conversation_id)
    to = next((user for user in queries.assignees(workspace) if user.pk == number), None)
    seen = whole_number(request.POST.get("seen", "")) or 0
    if number and to is None:
        messages.error(request, _("This person cannot answer customers."))
    else:
        try:
            services.assign(conversation=found, to=to, by=user_of(request), seen=seen)
        except DomainError as error:
            messages.error(request, str(error))
    return redirect(f"{reverse('inbox:conversation', args=[found.pk])}{_query(request)}")


def _query(request: HttpRequest) -> str:
    """Returns the filter and position in the list that the address names, as a query string; empty for the top."""
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
