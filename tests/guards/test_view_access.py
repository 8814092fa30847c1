"""Every view declares its access rule, and enforces it."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.guards.layout import our_routes, routes
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.lib.roles import ROLES

# Third-party views enforce their own rules: allauth requires a sign-in where it needs one.
KNOWN_MODULES = ("allauth.",)
ROOMS_OF_STRANGERS = ("wabolt.optin.", "wabolt.privacy.", "wabolt.messaging.")


def test_every_view_says_who_may_enter() -> None:
    silent = [route.name for route in our_routes() if route.access is None]
    assert not silent, "decorate with @requires(role) or @public(why) from wabolt.lib.web"


def test_what_views_say_is_a_role_or_a_reason() -> None:
    wrong = [
        (route.name, route.access)
        for route in our_routes()
        if route.access not in ROLES and not (route.is_public and len(route.access or "") > len("public: ") + 10)
    ]
    assert not wrong


def test_public_pages_of_strangers_leave_threads_to_members() -> None:
    wrong = [
        route.name
        for route in our_routes()
        if route.is_public
        and route.module.startswith(ROOMS_OF_STRANGERS)
        and not getattr(route.view, "is_for_crowds", False)
    ]
    assert not wrong, "decorate with @for_crowds from wabolt.lib.web"


def test_views_of_third_parties_are_listed() -> None:
    strange = [
        (route.name, route.module)
        for route in routes()
        if not route.module.startswith("wabolt.") and not route.module.startswith(KNOWN_MODULES)
    ]
    assert not strange


@pytest.mark.django_db
def test_visitor_is_sent_to_sign_in_before_the_object_is_looked_up() -> None:
    make_member(make_workspace())
    sign_in = reverse("account_login")
    wrong = {}
    for route in our_routes():
        if not route.is_public:
            address = reverse(route.name, kwargs=dict.fromkeys(route.parameters, 1))
            for ask in (Client().get, Client().post):
                answer = ask(address)
                if answer.status_code != 302 or not answer.headers["Location"].startswith(sign_in):
                    wrong[route.name, ask.__name__] = answer.status_code
            # the page stays; ui/wabolt.js says that the session has ended
            fragment = Client().get(address, headers={"HX-Request": "true"})
            if fragment.status_code != 401:
                wrong[route.name, "fragment"] = fragment.status_code
    assert not wrong


@pytest.mark.django_db
def test_weaker_role_is_refused_before_the_object_is_looked_up() -> None:
    workspace = make_workspace()
    clients = {role: Client() for role in ROLES[:-1]}
    for role, client in clients.items():
        client.force_login(make_member(workspace, role, f"{role}@example.com"))
    wrong = {}
    for route in our_routes():
        if route.access in ROLES[1:]:
            client = clients[ROLES[ROLES.index(route.access or "") - 1]]
            address = reverse(route.name, kwargs=dict.fromkeys(route.parameters, 1))
            statuses = {client.get(address).status_code, client.post(address).status_code}
            if statuses != {403}:
                wrong[route.name] = statuses
    assert not wrong
