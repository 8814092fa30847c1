"""A member of one workspace finds no object of another workspace, on any route.

A route with parameters needs an object that they refer to: an entry in `ISOLATION` of the room's `tests/factories.py`,
`{"url name": callable(workspace) -> arguments of the route}`, or one for its parameters in `targets.py`. A new route
without either fails.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from django.urls import reverse

from tests.guards.layout import Route, our_routes
from tests.guards.targets import CHOICES, TARGETS
from tests.guards.visits import taken_back
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in

pytestmark = pytest.mark.django_db

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


def test_object_of_another_workspace_is_not_found() -> None:
    """The owner of the workspace finds the object at the same address: by GET, or by POST where GET is refused.
    `test_hostile.py` and `test_pages.py` send both to every route."""
    foreign = make_workspace("Toko lain")
    stranger, owner = signed_in(make_workspace("Toko sendiri")), signed_in(foreign)
    guarded = [route for route in our_routes() if route.parameters and not route.is_public]
    guarded = [route for route in guarded if route.name not in CHOICES]
    assert len(guarded) > 140
    shown, missing = {}, {}
    for route in guarded:
        with taken_back(stranger, owner):
            address = reverse(route.name, kwargs=arguments(route, foreign))
            answers = {stranger.get(address).status_code, stranger.post(address, BODY).status_code}
            if answers - {WRONG_METHOD} != {NOT_FOUND}:
                shown[route.name] = answers
            found = owner.get(address).status_code
            if found == WRONG_METHOD:
                found = owner.post(address).status_code
            if found in {NOT_FOUND, WRONG_METHOD} or found >= 500:
                missing[route.name] = found
    assert not shown
    assert not missing
