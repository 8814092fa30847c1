"""A member of one workspace finds no object of another workspace, on any route.

A route with parameters needs an object that they refer to: an entry in `ISOLATION` of the room's `tests/factories.py`,
`{"url name": callable(workspace) -> arguments of the route}`, or one for its parameters in `targets.py`. A new route
without either fails.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.guards.layout import Route, our_routes
from tests.guards.targets import CHOICES, TARGETS
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace

pytestmark = pytest.mark.django_db

GUARDED = [route for route in our_routes() if route.parameters and not route.is_public and route.name not in CHOICES]
# Form values that make a request pass form validation, so that it reaches the look-up of the object.
BODY = {"name": "Diambil", "text": "Diambil", "label": "Diambil", "role": "viewer", "state": "paused"}
NOT_FOUND = 404
WRONG_METHOD = 405


def arguments(route: Route, workspace: Workspace) -> dict[str, Any]:
    """Arguments of the route that refer to a new object of `workspace`. Raises LookupError if no target is defined."""
    room, _, name = route.name.partition(":")
    module = f"wabolt.{room}.tests.factories"
    known = getattr(import_module(module), "ISOLATION", {}) if find_spec(module) else {}
    if route.name in CHOICES:
        return dict(CHOICES[route.name])
    make = known.get(name) or known.get(route.name) or TARGETS.get((room, route.parameters))
    if make is None:
        raise LookupError(f"{route.name}: add it to ISOLATION in {module}")
    return dict(make(workspace))


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)
def test_object_of_another_workspace_is_not_found(route: Route) -> None:
    foreign = make_workspace("Toko lain")
    stranger, owner = Client(), Client()
    stranger.force_login(make_member(make_workspace("Toko sendiri")))
    owner.force_login(make_member(foreign))
    address = reverse(route.name, kwargs=arguments(route, foreign))
    answers = {
        "GET": stranger.get(address).status_code,
        "POST": stranger.post(address, BODY).status_code,
    }
    assert set(answers.values()) <= {NOT_FOUND, WRONG_METHOD}, answers
    assert NOT_FOUND in answers.values(), answers
    # The same address works for a member of the workspace that owns the object.
    found = {owner.get(address).status_code, owner.post(address).status_code} - {WRONG_METHOD}
    assert NOT_FOUND not in found
    assert all(status < 500 for status in found), found
