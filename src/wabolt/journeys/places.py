"""The places at which members meet journeys: navigation, search, contact pages, states of badges."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.queries import workspace_of
from wabolt.contacts.models import Contact
from wabolt.contacts.registry import Panel, register_panel
from wabolt.journeys.models import Journey
from wabolt.journeys.queries.pages import open_enrollments
from wabolt.journeys.views.common import may_edit
from wabolt.journeys.wording import end_words
from wabolt.ui.navigation import NavItem, NavTab, register, register_tab
from wabolt.ui.search import Finder, Hit
from wabolt.ui.search import register as register_finder


def register_places() -> None:
    """Called from `JourneysConfig.ready`."""
    hint = _("Messages that go out by themselves, and answers to routine questions")
    register(
        NavItem(
            "automation", _("Automation"), "journeys:list", "bolt", order=57, section="more", hint=hint,
            also=("/auto-replies/",),
        )
    )  # fmt: skip
    register_tab(NavTab("automation", "journeys", _("Journeys"), "journeys:list", order=10))
    register_panel(Panel("journeys", _("Journeys"), "journeys/parts/contact.html", contact_panel, order=60))
    register_finder(Finder("journeys", _("Journeys"), "bolt", find_journeys, order=35))


def contact_panel(request: HttpRequest, contact: Contact) -> dict[str, Any] | None:
    """The journeys in which the contact is now; None without one."""
    rows = list(open_enrollments(workspace_of(request), contact.pk))
    if not rows:
        return None
    return {"rows": [(one, end_words(one.reason)) for one in rows], "may_edit": may_edit(request)}


def find_journeys(request: HttpRequest, words: str, limit: int) -> list[Hit]:
    """Journeys whose name matches, newest first."""
    found = Journey.objects.filter(workspace=workspace_of(request), name__icontains=words).order_by("-pk")[:limit]
    return [Hit(one.name, reverse("journeys:edit", args=[one.pk]), one.get_state_display()) for one in found]
