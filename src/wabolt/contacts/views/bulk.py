"""Actions on many contacts at once, and exports."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.accounts.services import record_audit
from wabolt.contacts import queries, services
from wabolt.contacts.forms import filters_of
from wabolt.contacts.models import ContactView
from wabolt.contacts.registry import bulk_actions_for
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.roles import at_least
from wabolt.lib.web import long_response, requires, whole_number
from wabolt.ui.filters import number_id

MOST = 100_000
"""Maximum number of contacts that one action changes. An export has no limit."""
_MOST_TICKED = 1000


@long_response
@requires("agent")
@require_POST
def bulk(request: HttpRequest) -> HttpResponseBase:
    """Performs `action` (tag, untag, merge, erase, csv, xlsx) on the ticked contacts, or on all matching ones with
    `scope=all`."""
    action = request.POST.get("action", "")
    grave = {"erase", "erase_confirmed", "csv", "xlsx"}
    if action in grave and not at_least(membership_of(request).role, "manager"):
        messages.error(request, _("Your role may not do this."))
        return redirect("contacts:list")
    filters, batches = _chosen(request)
    return_url = f"{reverse('contacts:list')}?{request.POST.get('filters', '')}"
    if action in {"csv", "xlsx"}:
        ticked = 0 if request.POST.get("scope") == "all" else len(request.POST.getlist("ids"))
        return export_response(request, action, batches, _told(filters, ticked))
    ids = [contact_id for batch in _at_most(batches) for contact_id in batch]
    if not ids:
        messages.warning(request, _("Tick the contacts first."))
        return redirect(return_url)
    if action in {"tag", "untag"}:
        return _label(request, action, ids, return_url)
    if action == "merge":
        if len(ids) != 2:
            messages.warning(request, _("Tick exactly two contacts that are one person."))
            return redirect(return_url)
        newer, older = ids
        return redirect(f"{reverse('contacts:merge', args=[older])}?other={newer}")
    if action == "erase":
        context = {"ids": [] if request.POST.get("scope") == "all" else ids, "count": len(ids), "back": return_url}
        context |= {"scope": request.POST.get("scope", ""), "filters": request.POST.get("filters", ""), "q": filters.q}
        return render(request, "contacts/erase.html", {**context, "action": reverse("contacts:bulk")})
    if action == "erase_confirmed":
        return _erase(request, ids, return_url)
    others = {other.key: other for other in bulk_actions_for(membership_of(request).role)}
    return others[action].act(request, ids) if action in others else redirect(return_url)


@long_response
@requires("manager")
@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Exports all contacts that match the filters of the address as CSV or XLSX."""
    workspace = workspace_of(request)
    if kind not in services.MIME_TYPES:
        raise Http404
    filters = filters_of(request.GET)
    return export_response(request, kind, queries.ids_in_batches(workspace, filters), _told(filters))


def _told(filters: queries.Filters, ticked: int = 0) -> dict[str, Any]:
    """Returns the filter of an export for its audit entry. Search words may be a person's name, which cannot be erased
    from the log, so the entry only says that there were some."""
    if ticked:
        return {"ticked": ticked}
    told = {"tag": filters.tag, "city": filters.city, "source": filters.source, "reach": filters.reach, **filters.marks}
    kept = {key: value for key, value in told.items() if value}
    return {"filters": kept | ({"search": True} if filters.q else {})}


def export_response(
    request: HttpRequest, kind: str, batches: Iterator[list[int]], chosen: Mapping[str, Any]
) -> HttpResponseBase:
    """Returns the contacts as a download. `chosen`: the part of the audit entry that says which contacts are in the
    file."""
    workspace = workspace_of(request)
    record_audit(request=request, action="contact.export", data={"kind": kind, **chosen})
    name = _("contacts") + f"-{clock.now().astimezone(workspace.tz):%Y-%m-%d}.{kind}"
    file = services.export_contacts(workspace, _noted(request, batches), kind)
    response = StreamingHttpResponse(file, content_type=services.MIME_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _noted(request: HttpRequest, batches: Iterator[list[int]]) -> Iterator[list[int]]:
    """The batches, each noted as seen by this member before it goes into the file."""
    workspace, user = workspace_of(request), user_of(request)
    for ids in batches:
        services.note_views(workspace=workspace, contact_ids=ids, user=user, how=ContactView.How.EXPORT)
        yield ids


def _chosen(request: HttpRequest) -> tuple[queries.Filters, Iterator[list[int]]]:
    workspace = workspace_of(request)
    filters = filters_of(QueryDict(request.POST.get("filters", "")[:2000]))
    if request.POST.get("scope") == "all":
        return filters, queries.ids_in_batches(workspace, filters)
    ticked = [whole_number(text) or 0 for text in request.POST.getlist("ids")[:_MOST_TICKED]]
    known = queries.contacts(workspace).filter(pk__in=ticked).order_by("-pk").values_list("pk", flat=True)
    return filters, iter([list(known)])


def _at_most(batches: Iterator[list[int]]) -> Iterator[list[int]]:
    count = 0
    for batch in batches:
        yield batch[: MOST - count]
        count += len(batch)
        if count >= MOST:
            return


def _label(request: HttpRequest, action: str, ids: list[int], return_url: str) -> HttpResponse:
    workspace = workspace_of(request)
    names = [name for name in request.POST.get("tag_name", "").split(",") if name.strip()]
    if not names:
        messages.warning(request, _("Write the label first."))
        return redirect(return_url)
    change = services.tag_many if action == "tag" else services.untag_many
    try:
        change(workspace=workspace, contact_ids=ids, tag_names=names)
    except DomainError as problem:
        messages.error(request, str(problem))
        return redirect(return_url)
    done = ngettext("%(count)s contact changed.", "%(count)s contacts changed.", len(ids))
    messages.success(request, done % {"count": number_id(len(ids))})
    return redirect(return_url)


def _erase(request: HttpRequest, ids: list[int], return_url: str) -> HttpResponse:
    erased = 0
    for start in range(0, len(ids), 1000):
        erased += services.erase_contacts(workspace=workspace_of(request), ids=ids[start : start + 1000])
    done = ngettext("%(count)s contact erased.", "%(count)s contacts erased.", erased)
    messages.success(request, done % {"count": number_id(erased)})
    return redirect(return_url)
