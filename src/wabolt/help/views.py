"""Pages of the help."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from wabolt.help.topics import TOPICS, topic_of
from wabolt.lib.web import requires


@requires("viewer")
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Lists all topics."""
    return render(request, "help/index.html", {"topics": TOPICS})


@requires("viewer")
@require_safe
def topic(request: HttpRequest, key: str) -> HttpResponse:
    """Shows one topic: its steps, and a button to the page of the task."""
    found = topic_of(key)
    if found is None:
        raise Http404
    return render(request, "help/topic.html", {"topic": found, "page_url": reverse(found.url_name)})
