"""Another program lets customers in."""

import itertools
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from wabolt.accounts.models import ApiKey, Workspace
from wabolt.accounts.services import create_api_key
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.models import Enrollment, Journey
from wabolt.journeys.rules import definition as d
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib import clock

pytestmark = pytest.mark.django_db
NUMBERS = itertools.count()
PHONE = "+6281234567890"


def secret_of(workspace: Workspace, role: str = "manager") -> str:
    owner = make_member(workspace, email=f"{next(NUMBERS)}@example.com")
    _key, secret = create_api_key(workspace=workspace, name="Toko web", role=role, created_by=owner)
    return secret


def call(journey: Journey, secret: str, body: Any) -> tuple[int, dict[str, Any]]:
    answer = Client(enforce_csrf_checks=True).post(
        reverse("journeys:entries", args=[journey.pk]), body if isinstance(body, str) else json.dumps(body),
        content_type="application/json", headers={"Authorization": f"Bearer {secret}"},
    )  # fmt: skip
    return answer.status_code, answer.json()


@pytest.fixture
def journey(workspace: Workspace) -> Journey:
    make_contact(workspace, phone=PHONE)
    return make_journey(workspace, d.Wait("w1"), parts={"trigger": d.Trigger("api"), "entry": d.Entry("always")})


def test_a_customer_enters_once_for_each_occasion(journey: Journey, workspace: Workspace) -> None:
    secret = secret_of(workspace)
    body = {"phone": "0812-3456-7890", "key": "pesanan 17"}
    assert call(journey, secret, body) == (200, {"entered": True})
    assert call(journey, secret, body) == (200, {"entered": False})
    assert Enrollment.objects.get().entry_key == "pesanan 17"
    Enrollment.objects.update(state="finished", step=None, due_at=None, ended_at=clock.now())
    assert call(journey, secret, body) == (200, {"entered": False}), "a program that tries again a day later"
    assert call(journey, secret, {**body, "key": "pesanan 18"}) == (200, {"entered": True})
    assert ApiKey.objects.get().last_used_at is not None


def test_each_refusal_has_its_code(journey: Journey, workspace: Workspace) -> None:
    secret, body = secret_of(workspace), {"phone": PHONE}
    assert call(journey, "wab_wrong", body) == (401, {"error": "unknown_api_key"})
    assert call(journey, secret_of(workspace, "viewer"), body) == (403, {"error": "weak_role"})
    assert call(journey, secret_of(make_workspace("Lain")), body) == (404, {"error": "unknown_journey"})
    assert call(journey, secret, {"phone": "+6281299999999"}) == (404, {"error": "unknown_customer"})
    for wrong in ("no json", "[]", "[" * 200_000, {"phone": 5}, {"phone": "12"}):
        assert call(journey, secret, wrong) == (400, {"error": "bad_phone"})
    for key in (7, "x" * 61, "nul\0"):
        assert call(journey, secret, {**body, "key": key}) == (400, {"error": "bad_key"})
    other = make_journey(workspace, d.Wait("w1"))
    assert call(other, secret, body) == (409, {"error": "not_started_by_api"})
    Journey.objects.update(state="archived")
    assert call(journey, secret, body) == (409, {"error": "not_published"})
    assert not Enrollment.objects.exists()
