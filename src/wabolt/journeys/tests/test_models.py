"""The database refuses what a journey must never do."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from wabolt.journeys.models import Enrollment, Journey, JourneyStep, JourneyVersion, StepRun
from wabolt.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def journey(workspace):
    return Journey.objects.create(workspace=workspace, name="Sambutan")


@pytest.fixture
def step(journey):
    return JourneyStep.objects.create(journey=journey, key="a1", kind="send")


@pytest.fixture
def enrollment(journey, step, contact):
    return Enrollment.objects.create(
        workspace=journey.workspace, journey=journey, contact=contact, step=step, due_at=clock.now()
    )


def refused(kind=DatabaseError):
    return pytest.raises(kind)


def test_a_published_version_is_never_changed(journey):
    version = JourneyVersion.objects.create(journey=journey, number=1, definition={"steps": []})
    version.definition = {"steps": [1]}
    with refused(), transaction.atomic():
        version.save()
    JourneyVersion.objects.filter(pk=version.pk).update(published_by=None)


def test_a_run_is_written_once_and_never_changed(enrollment, step):
    run = StepRun.objects.create(enrollment=enrollment, step=step, outcome="sent")
    with refused(), transaction.atomic():
        StepRun.objects.filter(pk=run.pk).update(outcome="skipped")
    with refused(IntegrityError), transaction.atomic():
        StepRun.objects.create(enrollment=enrollment, step=step, outcome="sent")
    StepRun.objects.create(enrollment=enrollment, step=step, visit=2, outcome="sent")


def test_one_open_enrollment_per_contact_and_occasion(enrollment, journey, contact, workspace):
    again = {"workspace": workspace, "journey": journey, "contact": contact}
    with refused(IntegrityError), transaction.atomic():
        Enrollment.objects.create(**again, rotation=2)
    Enrollment.objects.create(**again, entry_key="2026")
    Enrollment.objects.filter(pk=enrollment.pk).update(state="finished")
    Enrollment.objects.create(**again, rotation=2)


def test_a_paused_or_active_journey_has_a_published_version(journey):
    with refused(IntegrityError), transaction.atomic():
        Journey.objects.filter(pk=journey.pk).update(state="active")
