"""Pages of journeys with very many people: lists page by page, and figures that come after the page."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from wabolt.accounts.tests.factories import signed_in
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys import services
from wabolt.journeys.models import Enrollment, Journey
from wabolt.journeys.queries import pages
from wabolt.journeys.rules.definition import Happening, Send, Wait
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib.tests.locking import locked

pytestmark = pytest.mark.django_db
PEOPLE = 23


@pytest.fixture
def journey(workspace) -> Journey:
    """People of all states, many of whom entered at one time."""
    journey = make_journey(workspace, Wait("w1"), Send("s1", "Halo"), parts={"goal": Happening("order")})
    people = [make_contact(workspace, f"Ayu {n}").pk for n in range(PEOPLE)]
    services.enroll(journey=journey, entrants=[services.Entrant(pk) for pk in people])
    for n, one in enumerate(Enrollment.objects.order_by("pk")):
        one.state = Enrollment.State.values[n % 5]
        one.entered_at -= timedelta(hours=n % 3)
        one.due_at = one.due_at if one.state == "active" else None
        one.save()
    return journey


def test_each_person_is_on_one_page(workspace, journey: Journey) -> None:
    for state in ("", *Enrollment.State.values):
        found = Enrollment.objects.filter(**({"state": state} if state else {})).order_by("-entered_at", "-pk")
        ids: list[int] = []
        behind = None
        while True:
            page = pages.people(workspace, journey, state=state, behind=behind, limit=4)
            ids += [one.pk for one in page.rows]
            behind = page.older
            if behind is None:
                break
        assert ids == list(found.values_list("pk", flat=True))
    step = journey.steps.get(key="w1").pk
    here = pages.people(workspace, journey, step_id=step).rows
    assert {one.state for one in here} == {"active", "parked"}


def test_the_list_leads_to_older_people(workspace, journey: Journey) -> None:
    more = [make_contact(workspace, f"Budi {n}").pk for n in range(pages.PER_PAGE)]
    services.enroll(journey=journey, entrants=[services.Entrant(pk) for pk in more])
    client, url = signed_in(workspace), reverse("journeys:people", args=[journey.pk])
    names: set[str] = set()
    while url:
        page = client.get(url).content.decode()
        names |= set(re.findall(rf"/journeys/{journey.pk}/people/(\d+)/", page))
        older = re.search(r'href="([^"]*behind=[^"]*)"', page)
        url = older[1].replace("&amp;", "&") if older else ""
    assert len(names) == PEOPLE + pages.PER_PAGE


def test_slow_figures_come_after_the_page(workspace, journey: Journey) -> None:
    client: Client = signed_in(workspace)
    url = reverse("journeys:detail", args=[journey.pk])
    with locked("messaging_click"):
        page = client.get(url)
    text = page.content.decode()
    assert page.status_code == 200
    assert 'hx-get="?whole=1"' in text
    assert "Tujuan tercapai" not in text, "this figure is not a kept sum"
    part = client.get(url, {"whole": "1"}, headers={"HX-Request": "true", "HX-Target": "figures"}).content.decode()
    assert "Tujuan tercapai" in part
    assert "<html" not in part
