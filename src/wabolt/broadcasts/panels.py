"""Broadcasts in the search of the shell."""

from django.http import HttpRequest
from django.urls import reverse

from wabolt.accounts.queries import workspace_of
from wabolt.broadcasts.queries import broadcasts
from wabolt.ui.search import Hit


def find_broadcasts(request: HttpRequest, words: str, limit: int) -> list[Hit]:
    """Returns broadcasts that match, newest first."""
    found = broadcasts(workspace_of(request)).filter(name__icontains=words)[:limit]
    return [Hit(item.name, reverse("broadcasts:detail", args=[item.pk]), item.get_state_display()) for item in found]
