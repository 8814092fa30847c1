"""The entries that segments add to the search and to the contact list."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from wabolt.accounts.queries import workspace_of
from wabolt.contacts.queries import Filters
from wabolt.segments.queries import list_segments
from wabolt.segments.rules import All, Condition, print_tree
from wabolt.ui.search import Hit


def find_segments(request: HttpRequest, words: str, limit: int) -> list[Hit]:
    """Returns segments for the global search."""
    found = list_segments(workspace_of(request), words)[:limit]
    return [Hit(segment.name, reverse("segments:detail", args=[segment.pk]), segment.description) for segment in found]


def list_url(words: str) -> str:
    """Returns the address of the list of segments, searched for these words."""
    return f"{reverse('segments:list')}?{urlencode({'q': words})}"


def url_of_filters(filters: Filters) -> str:
    """Returns the address of the builder with the filters of the contact list. Empty if a segment cannot express them:
    search words, and whether a contact can be written to."""
    asked = [("city", "=", filters.city), ("source", "=", filters.source), ("tag", "", filters.tag)]
    asked.append(("consent marketing", "", filters.marks.get("consent", "")))
    conditions = [Condition(field, op, value) for field, op, value in asked if value]
    if not conditions or filters.q or filters.reach or set(filters.marks) - {"consent"}:
        return ""
    return f"{reverse('segments:new')}?{urlencode({'text': print_tree(All(tuple(conditions)))})}"
