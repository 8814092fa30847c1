"""What segments show on pages of other rooms."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from wabolt.accounts.queries import workspace_of
from wabolt.contacts.queries import Filters
from wabolt.segments.queries import list_segments
from wabolt.segments.rules import All, Condition, print_tree
from wabolt.ui.search import Hit


def find_segments(request: HttpRequest, words: str, limit: int) -> list[Hit]:
    """Segments for the search of the shell."""
    found = list_segments(workspace_of(request), words)[:limit]
    return [Hit(segment.name, reverse("segments:detail", args=[segment.pk]), segment.description) for segment in found]


def list_url(words: str) -> str:
    """The list of segments with these words searched for."""
    return f"{reverse('segments:list')}?{urlencode({'q': words})}"


def url_of_filters(filters: Filters) -> str:
    """The builder with what the contact list is narrowed to. Empty where a segment could not say the same: words that
    are searched for everywhere, and whether somebody can be written to."""
    asked = [("city", "=", filters.city), ("source", "=", filters.source), ("tag", "", filters.tag)]
    asked.append(("consent marketing", "", filters.marks.get("consent", "")))
    told = [Condition(field, op, value) for field, op, value in asked if value]
    if not told or filters.q or filters.reach or set(filters.marks) - {"consent"}:
        return ""
    return f"{reverse('segments:new')}?{urlencode({'text': print_tree(All(tuple(told)))})}"
