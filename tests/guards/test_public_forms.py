"""Every page without a session that takes a POST is protected: a form by `accounts.services.public_forms`, others by a
secret in their address or a signature.

A new public view that accepts POST fails the first test until it is named here, and each form is tried with what
programs send.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from altcha import Challenge, Payload, solve_challenge
from django.test import Client
from django.urls import reverse

from tests.guards.layout import Route, our_routes
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock
from wabolt.optin import public_forms
from wabolt.optin.events.tests.factories import make_event
from wabolt.optin.models import Entry, OptinSettings
from wabolt.optin.tests.factories import make_point
from wabolt.privacy.models import PrivacySettings, RequestTicket
from wabolt.privacy.services import ensure_settings
from wabolt.privacy.views import public

pytestmark = pytest.mark.django_db
FORMS = {"optin:join", "privacy:ask"}
BY_SECRET = {
    "optin:ask_number": "follows a protected form, whose code is in the address; numbers have limits of their own",
    "optin:helper_scan": "the key of the door",
    "optin:helper_check_in": "the key of the door",
    "optin:helper_undo": "the key of the door",
    "privacy:download": "the token of a copy",
    "accounts:setup": "closed once there is an owner; the address has a secret",
    "accounts:sign_in_link": "the token of the link",
    "accounts:invitation": "the token of the invitation",
    "account_reset_password": "limits of allauth, and a CSRF token",
    "channels:cloud_webhook": "each call is signed with the app secret",
    "journeys:entries": "the API key in the header",
    **dict.fromkeys(("ui:style_guide", "ui:offline", "ui:manifest", "ui:service_worker"), "the same for every method"),
}
SAMPLES: Mapping[str, object] = {
    "slug": "nothere1", "key": "x" * 20, "token": "x" * 20, "code": "ABCDEFGH", "ticket": "ABCDEFGH", "nonce": "abc",
    "name": "picture", "colour": "4f3cc9", "uidb36": "1",
}  # fmt: skip


def _address(route: Route) -> str:
    return reverse(route.name, kwargs={name: SAMPLES.get(name, 1) for name in route.parameters})


def _takes_posts(route: Route) -> bool:
    if "account_" in route.name and "there for nobody" in (route.access or ""):
        return False
    return Client().post(_address(route)).status_code != 405


def test_every_public_page_that_takes_a_post_is_named() -> None:
    make_workspace()
    found = {route.name for route in our_routes() if route.is_public and _takes_posts(route)}
    assert found - FORMS - set(BY_SECRET) == set()
    assert found >= FORMS


def _form(channel: Channel) -> tuple[str, dict[str, str]]:
    point = make_point(channel, kind="form", questions=[{"key": "name"}])
    return reverse("optin:join", args=[point.slug]), {"marketing": "on", "answer_name": "Ayu"}


def _event(channel: Channel) -> tuple[str, dict[str, str]]:
    point = make_event(channel, starts_at=clock.now() + timedelta(days=9)).point
    return reverse("optin:join", args=[point.slug]), {"name": "Ayu"}


def _request(channel: Channel) -> tuple[str, dict[str, str]]:
    ensure_settings(workspace=channel.workspace)
    slug = PrivacySettings.objects.get(workspace=channel.workspace).slug
    return reverse("privacy:ask", args=[slug]), {"kind": "access", "details": "Ayu"}


PAGES: Mapping[str, Callable[[Channel], tuple[str, dict[str, str]]]] = {
    "form": _form, "event": _event, "request about data": _request,
}  # fmt: skip
"""{form: the address of a new page with it, and what a person fills in}."""


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, workspace: Workspace) -> tuple[str, dict[str, str]]:
    return PAGES[request.param](make_channel(workspace))


def _opened(address: str, ago: timedelta = timedelta(minutes=1)) -> str:
    with clock.skewed(-ago):
        return Client().get(address).content.decode()


def _key(html: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', html)
    assert found
    return found[1]


def _stored() -> int:
    return Entry.objects.count() + RequestTicket.objects.count()


def _send(address: str, given: Mapping[str, str], ip: str = "192.0.2.1") -> int:
    return Client().post(address, given, REMOTE_ADDR=ip).status_code


def test_a_person_is_accepted_once(page: tuple[str, dict[str, str]]) -> None:
    address, given = page
    sent = {**given, "key": _key(_opened(address))}
    assert [_send(address, sent), _send(address, sent)] == [302, 302]
    assert _stored() == 1


def test_a_correction_after_the_back_button_counts(page: tuple[str, dict[str, str]]) -> None:
    """The message has not arrived yet, so the last thing that the person sent is what they mean."""
    address, given = page
    sent = {**given, "key": _key(_opened(address))}
    field = next(name for name, value in given.items() if value == "Ayu")
    first = Client().post(address, sent)
    second = Client().post(address, {**sent, field: "Ayu Lestari"})
    assert first["Location"] == second["Location"]
    assert _stored() == 1
    stored = str([*Entry.objects.values_list("answers", flat=True), *RequestTicket.objects.values_list("details")])
    assert "Ayu Lestari" in stored


def test_programs_create_nothing(page: tuple[str, dict[str, str]]) -> None:
    address, given = page
    with clock.hold(clock.now()):  # no time passes, however slow the machine is
        fresh, old = _key(Client().get(address).content.decode()), _key(_opened(address, timedelta(hours=25)))
        opened = _key(_opened(address))
        for unwanted in (
            {"key": fresh}, {"key": old}, {"key": ""}, {"key": "x"}, {}, {"key": opened, "website": "x"},
        ):  # fmt: skip
            assert _send(address, {**given, **unwanted}) == 422, unwanted
    assert _stored() == 0


def test_a_refused_person_keeps_the_answers_and_may_send_at_once(page: tuple[str, dict[str, str]]) -> None:
    address, given = page
    with clock.hold(clock.now()):
        fast = Client().post(address, {**given, "key": _key(Client().get(address).content.decode())})
        shown = fast.content.decode()
        assert fast.status_code == 422
        assert "Ayu" in shown
        assert _send(address, {**given, "key": _key(shown)}) == 302


def test_the_key_of_one_form_opens_no_other(workspace: Workspace) -> None:
    channel = make_channel(workspace)
    made = [make(channel) for make in PAGES.values()]
    for address, given in made:
        for other, _given in made:
            if other != address:
                assert _send(address, {**given, "key": _key(_opened(other))}) == 422
    assert _stored() == 0


def test_one_address_is_limited_and_others_are_not(
    page: tuple[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a limit of three. The tests of the forms send as many as their limits allow."""
    address, given = page
    for module in (public_forms, public):
        assert module.LIMITS.per_address <= 60
        monkeypatch.setattr(module, "LIMITS", replace(module.LIMITS, per_address=3))
    with clock.hold(clock.now()):
        codes = [_send(address, {**given, "key": _key(_opened(address))}) for _time in range(4)]
    assert codes == [302, 302, 302, 429]
    assert _send(address, {**given, "key": _key(_opened(address))}, "198.51.100.7") == 302


def test_the_switch_asks_for_a_proof_of_work_that_counts_once(
    workspace: Workspace, page: tuple[str, dict[str, str]]
) -> None:
    address, given = page
    assert "data-challenge" not in _opened(address)
    OptinSettings.objects.create(workspace=workspace, proof_of_work=True)
    html = _opened(address)
    challenge = re.search(r'data-challenge="([^"]+)"', html)
    assert challenge
    made = Challenge.from_dict(Client().get(challenge[1]).json())
    found = solve_challenge(made)
    assert found is not None
    proof = str(Payload(made, found).to_base64())
    assert _send(address, {**given, "key": _key(html)}) == 422
    assert _send(address, {**given, "key": _key(html), "altcha": proof}) == 302
    assert _send(address, {**given, "key": _key(_opened(address)), "altcha": proof}) == 422
    assert _stored() == 1
