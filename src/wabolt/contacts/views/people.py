"""The contact list and the pages of one contact."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.contacts import queries, registry, services
from wabolt.contacts.forms import ContactForm, filters_of, number_of
from wabolt.contacts.models import Contact, ContactView, Note
from wabolt.lib.errors import DomainError
from wabolt.lib.web import back_to, edits, kept_offline, render_page, requires
from wabolt.ui import search as shell_search
from wabolt.ui.filters import number_id, phone, relative_time

TABS = ("data", "timeline", "conversation")


class Row(NamedTuple):
    """Everything that a row of the list shows. Its text is the key of the rendered row."""

    pk: int
    name: str
    city: str
    phone: str | None
    tags: list[str]
    marks: list[tuple[str, str]]
    last: str


@requires("viewer")
@kept_offline
@require_safe
def contact_list(request: HttpRequest) -> HttpResponse:
    """Lists the contacts, newest first, restricted by search words and filters."""
    workspace = workspace_of(request)
    filters = filters_of(request.GET)
    page = queries.contact_page(
        workspace, filters, before=number_of(request, "before"), after=number_of(request, "after")
    )
    ids = [contact.pk for contact in page.contacts]
    phones, labels = queries.phones_of(workspace, ids), queries.tags_of(ids)
    marks, last = queries.marks_of(workspace, page.contacts), registry.last_contact(workspace, ids)
    count = queries.count_contacts(workspace, filters)
    params = _params(filters)
    context: dict[str, Any] = {
        "rows": [
            Row(
                contact.pk,
                contact.name,
                contact.city,
                phones.get(contact.pk),
                labels.get(contact.pk, []),
                marks.get(contact.pk, []),
                relative_time(last[contact.pk]) if last.get(contact.pk) else "",
            )
            for contact in page.contacts
        ],
        "filters": filters,
        "query": urlencode(params),
        "count": count,
        "count_words": _count_words(count),
        "newer": _page_url(params, after=page.newer),
        "older": _page_url(params, before=page.older),
        "chips": _chips(filters, params),
        "actions": registry.actions_for(membership_of(request).role, filters),
        "bulk_actions": registry.bulk_actions_for(membership_of(request).role),
        "nobody": not filters and not ids,
        "tag_names": [tag.name for tag in queries.tags(workspace)],
    }
    if request.headers.get("HX-Target") != "table":
        context |= {
            "cities": queries.cities(workspace),
            "sources": [(source, registry.source_label(source)) for source in queries.sources(workspace)],
            "mark_filters": [(mark, _choices(mark, filters)) for mark in registry.marks() if mark.filters],
        }
    return render_page(request, "contacts/list.html", context, fragments=("table",))


@requires("viewer")
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The results of all rooms in the global search."""
    words = filters_of(request.GET).q
    context = {"q": words, "groups": shell_search.find(request, words) if words else []}
    return render_page(request, "ui/search.html", context, fragments=("found",))


def list_url(words: str) -> str:
    """Returns the address of the contact list with these search words."""
    return f"{reverse('contacts:list')}?{urlencode({'q': words})}"


def find_contacts(request: HttpRequest, words: str, limit: int) -> list[shell_search.Hit]:
    """Returns contacts for the global search."""
    workspace = workspace_of(request)
    found = queries.contact_page(workspace, queries.Filters(q=words), limit=limit).contacts
    phones = queries.phones_of(workspace, [contact.pk for contact in found])
    hits = []
    for contact in found:
        number = phone(phones.get(contact.pk) or "")
        hint = " · ".join(part for part in (number if phones.get(contact.pk) else "", contact.city) if part)
        hits.append(shell_search.Hit(contact.name or number, _detail_url(contact.pk), hint))
    return hits


@requires("viewer")
@kept_offline
@require_safe
def contact_detail(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Shows one contact: data, timeline and conversation."""
    contact = get_contact_or_404(request, contact_id)
    workspace = workspace_of(request)
    if not request.headers.get("HX-Request"):
        how = ContactView.How.PAGE
        services.note_view(workspace=workspace, contact_id=contact.pk, user=user_of(request), how=how)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "data"
    group = request.GET.get("group", "")
    present = queries.kinds_of(workspace, contact)
    timeline = queries.timeline(
        workspace, contact, kinds=queries.kinds_in(group, present) or ["-"], after=request.GET.get("after", "")
    )
    context: dict[str, Any] = {
        "contact": contact,
        "profile": queries.profile(workspace, contact),
        "tab": tab,
        "tab_items": _tab_items(),
        "group": group,
        "all_groups": group not in registry.GROUPS,
        "groups": [(key, label) for key, label in registry.GROUPS.items() if queries.kinds_in(key, present)],
        "entries": queries.describe_events(timeline.events),
        "older": f"?{urlencode({'tab': 'timeline', 'group': group, 'after': timeline.next})}" if timeline.next else "",
    }
    for slot in ("head", "data", "timeline", "conversation"):
        context[f"{slot}_panels"] = [
            {"panel": panel, "values": values} for panel, values in registry.shown_panels(slot, request, contact)
        ]
    return render_page(request, "contacts/detail.html", context, fragments=("timeline",))


@requires("agent")
@require_http_methods(["GET", "POST"])
def contact_new(request: HttpRequest) -> HttpResponse:
    """Creates one contact."""
    workspace = workspace_of(request)
    form = ContactForm(request.POST or None, workspace=workspace)
    if form.is_bound and form.is_valid():
        try:
            contact = services.create_contact(workspace=workspace, **form.values())
        except DomainError as problem:
            form.refuse(problem)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": contact})
            return redirect("contacts:detail", contact.pk)
    return render(request, "contacts/form.html", {"form": form}, status=422 if form.is_bound else 200)


@requires("agent")
@edits(Contact, "contact_id")
@require_http_methods(["GET", "POST"])
def contact_edit(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Changes the data of a contact."""
    contact = get_contact_or_404(request, contact_id)
    workspace = workspace_of(request)
    form = ContactForm(request.POST or None, workspace=workspace, contact=contact)
    if form.is_bound and form.is_valid():
        try:
            services.update_contact(workspace=workspace, contact_id=contact.pk, **form.values())
        except DomainError as problem:
            form.refuse(problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("contacts:detail", contact.pk)
    return render(
        request, "contacts/form.html", {"form": form, "contact": contact}, status=422 if form.is_bound else 200
    )


@requires("manager")
@require_http_methods(["GET", "POST"])
def contact_erase(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Asks for confirmation, then erases a contact."""
    contact = get_contact_or_404(request, contact_id)
    if request.method == "POST":
        services.erase_contacts(workspace=workspace_of(request), ids=[contact.pk])
        messages.success(request, _("The contact is erased."))
        return redirect("contacts:list")
    context = {"contact": contact, "count": 1, "action": request.path, "back": _detail_url(contact.pk)}
    return render(request, "contacts/erase.html", context)


@requires("agent")
@require_POST
def note_add(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Writes a note."""
    contact = get_contact_or_404(request, contact_id)
    try:
        services.add_note(
            workspace=workspace_of(request),
            contact_id=contact.pk,
            text=request.POST.get("text", ""),
            author=user_of(request),
        )
    except DomainError as problem:
        messages.error(request, str(problem))
    return redirect(f"{back_to(request, _detail_url(contact.pk))}#notes")


@requires("agent")
@require_POST
def note_delete(request: HttpRequest, contact_id: int, note_id: int) -> HttpResponse:
    """Deletes a note."""
    contact = get_contact_or_404(request, contact_id)
    try:
        services.delete_note(workspace=workspace_of(request), contact_id=contact.pk, note_id=note_id)
    except Note.DoesNotExist:
        raise Http404 from None
    return redirect(f"{back_to(request, _detail_url(contact.pk))}#notes")


@requires("agent")
@require_POST
def label_change(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Adds a label (`add`) or removes one (`remove`)."""
    contact = get_contact_or_404(request, contact_id)
    workspace = workspace_of(request)
    try:
        if added := request.POST.get("add", "").strip():
            services.tag_many(workspace=workspace, contact_ids=[contact.pk], tag_names=added.split(","))
        if removed := request.POST.get("remove", ""):
            services.untag_many(workspace=workspace, contact_ids=[contact.pk], tag_names=[removed])
    except DomainError as problem:
        messages.error(request, str(problem))
    return redirect(f"{back_to(request, _detail_url(contact.pk))}#labels")


def get_contact_or_404(request: HttpRequest, contact_id: int) -> Contact:
    """The contact of this workspace, or 404."""
    try:
        return queries.get_contact(workspace_of(request), contact_id)
    except Contact.DoesNotExist:
        raise Http404 from None


def _detail_url(contact_id: int) -> str:
    return reverse("contacts:detail", args=[contact_id])


def _tab_items() -> list[tuple[str, str, str]]:
    words = {"data": _("Data"), "timeline": _("What happened"), "conversation": _("Conversation")}
    return [(key, words[key], f"?tab={key}") for key in TABS]


def _params(filters: queries.Filters) -> dict[str, str]:
    given = {key: getattr(filters, key) for key in ("q", "tag", "city", "source", "reach")} | dict(filters.marks)
    return {key: value for key, value in given.items() if value}


def _page_url(params: dict[str, str], **cursor: int | None) -> str:
    return f"?{urlencode({**params, **cursor})}" if all(cursor.values()) else ""


def _chips(filters: queries.Filters, params: dict[str, str]) -> list[tuple[str, str]]:
    """Returns (words, address without this filter) for every active filter except the search."""
    words = {
        "tag": _("Label: %(value)s") % {"value": filters.tag},
        "city": _("City: %(value)s") % {"value": filters.city},
        "source": _("Source: %(value)s") % {"value": registry.source_label(filters.source)},
        "reach": _("Can be written to") if filters.reach == "yes" else _("Cannot be written to"),
    }
    for mark in registry.marks():
        if mark.filters and mark.key in filters.marks:
            words[mark.key] = f"{mark.title}: {mark.filters[filters.marks[mark.key]][0]}"
    return [
        (words[key], f"?{urlencode({k: v for k, v in params.items() if k != key})}") for key in params if key != "q"
    ]


def _choices(mark: registry.Mark, filters: queries.Filters) -> list[tuple[str, Any, bool]]:
    chosen = filters.marks.get(mark.key)
    return [(value, label, value == chosen) for value, (label, _sql) in (mark.filters or {}).items()]


def _count_words(count: int) -> str:
    if count > queries.COUNTED:
        return _("More than %(count)s contacts") % {"count": number_id(queries.COUNTED)}
    return ngettext("%(count)s contact", "%(count)s contacts", count) % {"count": number_id(count)}
