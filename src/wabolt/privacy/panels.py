"""Rights over the data on the page of a contact."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from wabolt.accounts.queries import membership_of, workspace_of
from wabolt.consent.queries import objection_of, restriction_of
from wabolt.contacts.models import Contact
from wabolt.lib.roles import at_least
from wabolt.privacy.models import DataRequest


def contact_panel(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """The requests of a contact, its restriction and objection, and the address that writes a request down."""
    workspace = workspace_of(request)
    return {
        "requests": DataRequest.objects.filter(workspace=workspace, contact=contact).order_by("-pk")[:5],
        "restriction": restriction_of(workspace, contact.pk),
        "objection": objection_of(workspace, contact.pk),
        "new_url": reverse("privacy:request_new", args=[contact.pk]),
        "may_edit": at_least(membership_of(request).role, "agent"),
    }
