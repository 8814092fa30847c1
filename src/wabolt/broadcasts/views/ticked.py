"""A broadcast to the contacts that are ticked in the contact list."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from wabolt.accounts.queries import user_of, workspace_of
from wabolt.broadcasts import services
from wabolt.lib.errors import DomainError


def broadcast_to(request: HttpRequest, contact_ids: Sequence[int]) -> HttpResponse:
    """Creates a segment of these contacts and opens the composer for it. `contacts.registry.BulkAction` calls it."""
    try:
        segment = services.segment_of_people(
            workspace=workspace_of(request), contact_ids=contact_ids, by=user_of(request)
        )
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("contacts:list")
    return redirect(f"{reverse('broadcasts:new')}?segment={segment.pk}")
