"""Every view declares its access rule, and enforces it."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseForbidden
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import reverse

from tests.guards.layout import Route, our_routes, routes
from wabolt.accounts.models import Membership, User
from wabolt.accounts.tests.factories import make_member, make_workspace, signed_in
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


# Views are called without the middleware, and these tests have no access to the database: a view that sends a statement
# before it refuses fails.


def _answer(route: Route, request: HttpRequest) -> HttpResponseBase:
    """The answer of a view. The object of the address does not exist."""
    try:
        answer: HttpResponseBase = route.view(request, **dict.fromkeys(route.parameters, 1))
    except PermissionDenied:
        return HttpResponseForbidden()
    return answer


def test_visitor_is_sent_to_sign_in_before_the_object_is_looked_up() -> None:
    wrong, sign_in = {}, reverse("account_login")
    for route in our_routes():
        if not route.is_public:
            for request in (RequestFactory().get("/"), RequestFactory().post("/")):
                request.user = AnonymousUser()
                answer = _answer(route, request)
                if answer.status_code != 302 or not answer.headers["Location"].startswith(sign_in):
                    wrong[route.name, request.method] = answer.status_code
            # the page stays; ui/wabolt.js says that the session has ended
            fragment = RequestFactory().get("/", headers={"HX-Request": "true"})
            fragment.user = AnonymousUser()
            if (status := _answer(route, fragment).status_code) != 401:
                wrong[route.name, "fragment"] = status
    assert not wrong


def test_weaker_role_is_refused_before_the_object_is_looked_up() -> None:
    wrong, refused = {}, 0
    for route in our_routes():
        if route.access in ROLES[1:]:
            for request in (RequestFactory().get("/"), RequestFactory().post("/")):
                request.user = User(name="Sri")
                role = ROLES[ROLES.index(route.access or "") - 1]
                request.membership = Membership(role=role)  # type: ignore[attr-defined]  # as the middleware does
                if (status := _answer(route, request).status_code) != 403:
                    wrong[route.name, request.method] = status
                refused += 1
    assert not wrong
    assert refused > 200


@pytest.mark.django_db
def test_refusals_are_answered() -> None:
    """The whole way of such requests, at one page."""
    workspace = make_workspace()
    make_member(workspace)
    address = reverse("contacts:edit", args=[1])
    for ask, page in ((Client().get, address), (Client().post, "/")):
        answer = ask(address)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{reverse('account_login')}?next={page}")
    assert Client().get(address, headers={"HX-Request": "true"}).status_code == 401
    viewer = signed_in(workspace, "viewer")
    assert (viewer.get(address).status_code, viewer.post(address).status_code) == (403, 403)
    assert signed_in(workspace, "manager").get(address).status_code == 404
