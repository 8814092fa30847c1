"""The inbox: the list of conversations, and next to it one of them with its customer."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.channels.queries import channels
from wabolt.contacts import registry
from wabolt.contacts.models import Contact, ContactView
from wabolt.contacts.queries import called, profile
from wabolt.contacts.services import note_view
from wabolt.inbox import queries, services
from wabolt.inbox.forms import AnswerTimeForm
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.keyset import cursor_of
from wabolt.lib.roles import at_least
from wabolt.lib.web import (
    answer_poll,
    edits,
    is_phone,
    kept_offline,
    render_page,
    requires,
    whole_number,
    words_of,
)
from wabolt.messaging.models import Conversation
from wabolt.messaging.services import mark_read, show_conversation
from wabolt.ui.filters import duration, relative_time

PANE = "pane"
"""The fragment of a page that shows one conversation and its customer."""
THREAD = 100
"""The order of the panel with the messages. Panels with a higher one are folded, so that the messages have room."""


@requires("viewer")
@kept_offline
@require_safe
def conversation_list(request: HttpRequest) -> HttpResponse:
    """Lists the conversations, newest first; `?show=waiting` selects those that wait for an answer, `?show=late` those
    that have waited too long, `?show=mine` those of the member. `?open=<id>`: the conversation that is shown next to
    the list."""
    opened = whole_number(request.GET.get("open", ""))
    shown = _list(request, opened)

    def draw() -> HttpResponse:
        longest = queries.longest_waiting(workspace_of(request)) if shown["waiting"] else None
        more = {"longest_url": _page(longest)} if longest else {}
        response = render_page(request, "inbox/desk.html", shown | more, fragments=("conversations",))
        if opened:
            response.headers["HX-Push-Url"] = "false"  # the address stays that of the conversation
        return response

    facts = [shown[key] for key in ("page", "waiting", "late_count", "mine", "several_numbers", "times")]
    return answer_poll(request, facts, draw)


def _list(request: HttpRequest, opened: int | None) -> dict[str, Any]:
    """The context of the list. `opened`: the conversation next to it."""
    workspace, user = workspace_of(request), user_of(request)
    show, words = request.GET.get("show", ""), words_of(request)
    show = show if show in {"waiting", "late", "mine"} else ""
    late = queries.late_of([workspace], clock.now()) if show == "late" else {}
    show = "waiting" if show == "late" and not late else show
    behind = cursor_of(request.GET.get("behind", ""))
    owner = user if show == "mine" else None
    waiting = late.get(workspace.pk, show == "waiting")
    page = queries.conversation_page(workspace, waiting=waiting, owner=owner, words=words, behind=behind)
    times = [relative_time(row.last_inbound_at) for row in page.conversations]
    beside = str(opened or "")
    return {
        "page": page,
        "times": times,
        "rows": list(zip(page.conversations, times, strict=True)),
        "only_waiting": show == "waiting",
        "late_time": duration(late[workspace.pk].minutes * 60) if late else "",
        "late_days": queries.FORGOTTEN.days,
        "late_count": queries.count_late(late).get(workspace.pk, 0) if late else 0,
        "only_mine": show == "mine",
        "show": show,
        "all_shown": not show,
        "q": words,
        "open": opened,
        "list_query": _query(request),
        "waiting": queries.waiting_of(request),
        "mine": queries.count_owned(workspace, user),
        "several_numbers": len(channels(workspace)) > 1,
        "all_url": _page(opened, q=words),
        "waiting_url": _page(opened, show="waiting", q=words),
        "late_url": _page(opened, show="late", q=words),
        "mine_url": _page(opened, show="mine", q=words),
        "poll_url": _page(show=show, q=words, behind=str(behind or ""), open=beside),
        "live": behind is None,
        "newest_url": _page(show=show, q=words, open=beside) if behind else "",
        "older_url": _page(show=show, q=words, behind=str(page.older), open=beside) if page.older else "",
        "nobody": not (page.conversations or words or show or behind or opened),
    }


def _conversation_or_404(workspace: Workspace, conversation_id: int) -> Conversation:
    try:
        return queries.get_conversation(workspace, conversation_id)
    except Conversation.DoesNotExist:
        raise Http404 from None


@requires("viewer")
@kept_offline
@require_safe
def conversation(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Shows one conversation. The way back leads to the same part of the list. Wide screens show the list and the
    customer next to it; a phone does not get them."""
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
    is_swapped = request.headers.get("HX-Target") == PANE
    alone = is_phone(request) and not is_swapped
    context = {
        "conversation": found,
        "name": called(workspace, [found.contact])[found.contact_id],
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
        "is_swapped": is_swapped,
        "alone": alone,
        "contact": found.contact,
        **({} if alone else {**_list(request, found.pk), **_customer(request, found.contact)}),
    }
    return render_page(request, "inbox/desk.html", context, fragments=(PANE,))


def _customer(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """The context of the parts of the contact page next to a conversation. Their forms lead back to it."""
    slots = {
        f"{slot}_panels": [
            {"panel": panel, "values": values} for panel, values in registry.shown_panels(slot, request, contact)
        ]
        for slot in ("head", "data")
    }
    found = profile(workspace_of(request), contact)
    return {"profile": found, "next_url": request.get_full_path(), **slots}


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


def _page(opened: int | None = None, **params: str) -> str:
    """Returns the address of the list, or of a conversation next to it, with these parameters."""
    given = urlencode({key: value for key, value in params.items() if value})
    page = reverse("inbox:conversation", args=[opened]) if opened else reverse("inbox:list")
    return f"{page}{'?' if given else ''}{given}"


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
