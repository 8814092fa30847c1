"""The panel of a journey: its earnings, and the comparison with its holdout."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.analytics import queries
from wabolt.analytics.views import journey_panel
from wabolt.commerce.models import Order, Voucher
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.models import Enrollment, Journey, JourneyStep
from wabolt.journeys.registry import revenue_of, shown_panels
from wabolt.lib import clock

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def journey(workspace: Workspace) -> Journey:
    return Journey.objects.create(workspace=workspace, name="Ulang tahun", holdout_percent=10)


def enter(journey: Journey, *, held_out: bool, bought_after: timedelta | None) -> Order | None:
    """A person who entered 40 days ago, and bought after this time."""
    contact = make_contact(journey.workspace)
    entered_at = clock.now() - 40 * DAY
    state = "held_out" if held_out else "finished"
    Enrollment.objects.create(
        workspace=journey.workspace, journey=journey, contact=contact, state=state, entered_at=entered_at
    )
    if bought_after is None:
        return None
    return Order.objects.create(
        workspace=journey.workspace, contact=contact, number=str(contact.pk), total=100_000, currency="IDR",
        ordered_at=entered_at + bought_after, state="completed",
    )  # fmt: skip


def test_buyers_of_both_groups_count_from_the_moment_of_entering(journey: Journey) -> None:
    for after in (DAY, 29 * DAY, 31 * DAY, -DAY, None):
        enter(journey, held_out=False, bought_after=after)
    for after in (DAY, None):
        enter(journey, held_out=True, bought_after=after)
    found = queries.compare_with_holdout(journey)
    assert found is not None
    assert (found.sent.hits, found.sent.total) == (2, 5)
    assert (found.held_out.hits, found.held_out.total) == (1, 2)
    journey.holdout_percent = 0
    assert queries.compare_with_holdout(journey) is None


def test_panel_shows_what_the_steps_earned(journey: Journey, workspace: Workspace) -> None:
    step = JourneyStep.objects.create(journey=journey, key="a", kind="send")
    order = enter(journey, held_out=False, bought_after=DAY)
    assert order is not None
    enter(journey, held_out=True, bought_after=None)
    Voucher.objects.create(
        workspace=workspace, contact=order.contact, code="ULTAH234", percent=10, valid_until=clock.now(),
        origin_kind="journey", origin_id=step.pk, order=order,
    )  # fmt: skip
    assert revenue_of(workspace, [step.pk]) == {step.pk: (1, 100_000)}
    request = RequestFactory().get("/")
    request.workspace = workspace  # type: ignore[attr-defined]
    [(panel, values)] = shown_panels(request, journey)
    page = render_to_string(panel.template, {"panel": values, "request": request}, request)
    assert "100" in page
    assert "1 dari 1" in page
    assert "0 dari 1" in page


def test_a_journey_without_orders_and_holdout_has_no_panel(journey: Journey, workspace: Workspace) -> None:
    journey.holdout_percent = 0
    request = RequestFactory().get("/")
    request.workspace = workspace  # type: ignore[attr-defined]
    assert journey_panel(request, journey) is None
