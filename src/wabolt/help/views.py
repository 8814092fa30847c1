"""Pages of the help."""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from wabolt.accounts.queries import last_audit_entry, workspace_of
from wabolt.help.topics import TOPICS, topic_of
from wabolt.lib import clock
from wabolt.lib.web import requires

BACKUP_DUE = timedelta(days=7)
"""Age after which a backup is called old."""


@requires("viewer")
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List all topics."""
    return render(request, "help/index.html", {"topics": TOPICS})


@requires("viewer")
@require_safe
def topic(request: HttpRequest, key: str) -> HttpResponse:
    """Show one topic: its steps, and a button to the page of the task."""
    found = topic_of(key)
    if found is None:
        raise Http404
    return render(request, "help/topic.html", {"topic": found, "page_url": reverse(found.url_name)})


@requires("owner")
@require_safe
def backup(request: HttpRequest) -> HttpResponse:
    """Show the time of the last backup, and the commands that make, check and restore one."""
    last = last_audit_entry(workspace_of(request), "system.backup")
    is_old = last is not None and clock.now() - last.at > BACKUP_DUE
    return render(request, "help/backup.html", {"last": last, "is_old": is_old})
