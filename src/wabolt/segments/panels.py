"""Where rooms above put their own actions on a segment's page, and what segments put elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from wabolt.accounts.queries import workspace_of
from wabolt.contacts.queries import Filters
from wabolt.lib.roles import at_least
from wabolt.segments.models import Segment
from wabolt.segments.queries import list_segments
from wabolt.segments.rules import All, Condition, print_tree
from wabolt.ui.search import Hit


@dataclass(frozen=True, slots=True)
class SegmentAction:
    """A button such as "Send a broadcast": `url(segment)` is where it leads, `min_role` who may see it."""

    key: str
    label: str | Promise
    icon: str
    url: Callable[[Segment], str]
    min_role: str = "manager"
    order: int = 100


_actions: dict[str, SegmentAction] = {}


def register_action(action: SegmentAction) -> None:
    """Add an action; a second one of the same key replaces the first."""
    _actions[action.key] = action


def actions_for(role: str) -> list[SegmentAction]:
    """Return the actions that a member of this role may see, in order."""
    seen = [action for action in _actions.values() if at_least(role, action.min_role)]
    return sorted(seen, key=lambda action: (action.order, action.key))


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
