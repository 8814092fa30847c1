"""The background job of accounts."""

from datetime import timedelta

import pytest
from django.db.models import F

from wabolt.accounts.models import UsedChallenge, VisitorCount
from wabolt.accounts.services import VisitorLimits, admit_visitor
from wabolt.accounts.tasks import forget_expired
from wabolt.accounts.tests.factories import make_workspace
from wabolt.lib import clock

pytestmark = pytest.mark.django_db


def test_counts_of_visitors_and_used_challenges_are_forgotten() -> None:
    workspace = make_workspace()
    limits = VisitorLimits(per_address=2, per_network=3, per_object=4)
    admit_visitor(workspace=workspace, purpose="form", subject=1, ip="203.0.113.1", limits=limits)
    UsedChallenge.objects.create(workspace=workspace, signature="a" * 64, expires_at=clock.now() + timedelta(hours=1))
    forget_expired()
    assert (VisitorCount.objects.count(), UsedChallenge.objects.count()) == (3, 1)
    VisitorCount.objects.update(started_at=F("started_at") - timedelta(days=2))
    UsedChallenge.objects.update(expires_at=clock.now() - timedelta(hours=1))
    forget_expired()
    assert (VisitorCount.objects.count(), UsedChallenge.objects.count()) == (0, 0)
