"""Pages for merging contacts, undoing a merge, and possible duplicates."""

from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import workspace_of
from wabolt.contacts import queries, registry, services
from wabolt.contacts.models import Contact, Merge
from wabolt.contacts.views.people import get_contact_or_404
from wabolt.lib.errors import DomainError
from wabolt.lib.sql import TooSlowError, time_limit
from wabolt.lib.text import storable
from wabolt.lib.web import WHOLE, patience_of, render_page, requires, whole_number
from wabolt.ui.filters import birthday

FOUND = 20


@requires("agent")
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Merges another contact into this one: search first, then a preview of the result."""
    keep = get_contact_or_404(request, contact_id)
    other = _other(request, keep)
    if other is None:
        return _search(request, keep)
    if request.method == "POST":
        return _join(request, keep, other)
    workspace = workspace_of(request)
    ids = [keep.pk, other.pk]
    counts, tags = queries.counts_of(ids), queries.tags_of(ids)
    fields = list(queries.fields(workspace))
    people = [
        {
            "contact": contact,
            "identities": list(contact.identities.order_by("kind", "-id")),
            "tags": tags.get(contact.pk, []),
            "counts": counts[contact.pk],
        }
        for contact in (keep, other)
    ]
    context = {
        "keep": keep,
        "other": other,
        "people": people,
        "lines": [_in_words(line) for line in queries.merge_lines(keep, other, fields, _labels())],
        "all_tags": sorted({*tags.get(keep.pk, []), *tags.get(other.pk, [])}),
        "previews": registry.merge_previews(workspace, keep.pk, other.pk),
        "swap": _merge_url(other.pk, keep.pk),
    }
    return render(request, "contacts/merge.html", context)


@requires("agent")
@require_http_methods(["GET", "HEAD", "POST"])
def merge_undo(request: HttpRequest, merge_id: int) -> HttpResponse:
    """Shows what an undo moves back, then undoes the merge."""
    workspace = workspace_of(request)
    try:
        joined = queries.get_merge(workspace, merge_id)
        if request.method == "POST":
            services.undo_merge(workspace=workspace, merge_id=merge_id)
            messages.success(request, _("They are two contacts again."))
            return redirect("contacts:detail", joined.kept_id)
    except Merge.DoesNotExist:
        raise Http404 from None
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("contacts:detail", joined.kept_id)
    identities, counts = queries.brought_by(joined)
    labels = _labels()
    before = joined.before.get("absorbed", {})
    context = {
        "merge": joined,
        "name": before.get("name") or "",
        "identities": identities,
        "counts": counts,
        "values": [(labels[key], before[key]) for key in labels if before.get(key)],
    }
    return render(request, "contacts/merge_undo.html", context)


@requires("agent")
@require_http_methods(["GET", "HEAD", "POST"])
def duplicate_list(request: HttpRequest) -> HttpResponse:
    """Lists contacts that look like one person. POST marks two of them as different people.

    In a big shop the pairs are fetched after the page.
    """
    workspace = workspace_of(request)
    if request.method == "POST":
        first, second = (whole_number(request.POST.get(key, "")) or 0 for key in ("first", "second"))
        try:
            services.mark_as_different(workspace=workspace, contact_ids=(first, second))
        except Contact.DoesNotExist:
            raise Http404 from None
        messages.success(request, _("Noted: two different people."))
        return redirect("contacts:duplicates")
    patience = patience_of(request)
    context: dict[str, Any] = {}
    try:
        with time_limit(patience):
            context |= _pairs(workspace, queries.duplicates(workspace, after=request.GET.get("after", "")))
    except TooSlowError:
        context |= {"is_too_slow": True, "comes_later": patience < WHOLE}
    return render_page(request, "contacts/duplicates.html", context, fragments=("pairs",))


def _pairs(workspace: Workspace, page: queries.DuplicatePage) -> dict[str, Any]:
    ids = [contact.pk for pair in page.pairs for contact in (pair.first, pair.second)]
    phones = queries.phones_of(workspace, ids)
    signs = {"email": _("same e-mail"), "birthday": _("same name and birthday")}
    return {
        "pairs": [
            {
                "people": [(contact, phones.get(contact.pk)) for contact in (pair.first, pair.second)],
                "signs": ", ".join(signs[sign] for sign in pair.signs),
                "merge_url": _merge_url(pair.first.pk, pair.second.pk),
            }
            for pair in page.pairs
        ],
        "next": f"?{urlencode({'after': page.next})}" if page.next else "",
    }


def _search(request: HttpRequest, keep: Contact) -> HttpResponse:
    workspace = workspace_of(request)
    words = storable(request.GET.get("q", "")).strip()[:200] or keep.name
    found = queries.contact_page(workspace, queries.Filters(q=words), limit=FOUND + 1).contacts if words else []
    found = [contact for contact in found if contact.pk != keep.pk][:FOUND]
    phones = queries.phones_of(workspace, [contact.pk for contact in found])
    context = {
        "keep": keep,
        "q": words,
        "found": [(contact, phones.get(contact.pk), _merge_url(keep.pk, contact.pk)) for contact in found],
    }
    return render_page(request, "contacts/merge_search.html", context, fragments=("found",))


def _join(request: HttpRequest, keep: Contact, other: Contact) -> HttpResponse:
    workspace = workspace_of(request)
    try:
        services.merge_contacts(workspace=workspace, keep_id=keep.pk, absorb_id=other.pk, reason=Merge.Reason.MEMBER)
    except Contact.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("They are one contact now. You can take it back on this page, under Data."))
    return redirect("contacts:detail", keep.pk)


def _other(request: HttpRequest, keep: Contact) -> Contact | None:
    """Returns the second contact if one is named. Raises Http404 for an unknown one."""
    given = request.POST.get("other", "") or request.GET.get("other", "")
    if not given:
        return None
    other = get_contact_or_404(request, whole_number(given) or 0)
    if other.pk == keep.pk:
        raise Http404
    return other


def _merge_url(keep_id: int, other_id: int) -> str:
    return f"{reverse('contacts:merge', args=[keep_id])}?{urlencode({'other': other_id})}"


def _in_words(line: queries.MergeLine) -> queries.MergeLine:
    """Returns the line with its values formatted for the page."""

    def say(value: Any) -> Any:
        if line.column == "gender" and value in Contact.Gender.values:
            return Contact.Gender(value).label
        if line.column == "source":
            return registry.source_label(value)
        return birthday(value) if isinstance(value, date) else value

    return replace(line, kept=say(line.kept), absorbed=say(line.absorbed), result=say(line.result))


def _labels() -> dict[str, str]:
    return {
        "name": _("Name"), "gender": _("Gender"), "birth_date": _("Date of birth"), "city": _("City"),
        "email": _("E-mail"), "language": _("Language"), "source": _("Source"),
    }  # fmt: skip
