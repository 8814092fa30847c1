"""Web push against a push service over real HTTP that checks signatures and decrypts notifications."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.test import Client
from pytest_django import Settings
from tests.cases import each

from wabolt.accounts.models import Membership, User, Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace, sign_in
from wabolt.alerts import services
from wabolt.alerts.models import Delivery, PushDevice, PushKey
from wabolt.alerts.services import Subscription
from wabolt.alerts.tests.factories import KIND, battery, make_device, registered
from wabolt.alerts.tests.push_service import PushService, running
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.restore import Restore, database_restored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("socket_enabled")]

LITERALS = ("::127.0.0.1", "::1", "fec0::1", "64:ff9b::7f00:1", "64:ff9b:1::1", "::ffff:0:7f00:1", "2606:4700::1111")


@pytest.fixture(autouse=True)
def _kind(settings: Settings) -> Iterator[None]:
    settings.PRIVATE_PEERS = True
    with registered(battery(severity="critical", channels=("push",))):
        yield


@pytest.fixture
def service(socket_enabled: None) -> Iterator[PushService]:
    with running() as found:
        yield found


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def owner(workspace: Workspace) -> User:
    return make_member(workspace)


def tell(workspace: Workspace, subject: str = "Ibu Siti") -> None:
    services.open_alert(workspace=workspace, kind=KIND, subject=subject, data={"percent": 3})
    services.announce_due()
    services.deliver_due(channel="push")


def test_notification_arrives_signed_and_encrypted(workspace: Workspace, owner: User, service: PushService) -> None:
    services.add_device(user=owner, subscription=service.new_browser())
    tell(workspace)
    [arrived] = service.arrived
    assert arrived.public_key == PushKey.objects.get().public_key
    assert arrived.claims["aud"] == service.url
    assert arrived.headers["Urgency"] == "high"
    alert = Delivery.objects.get().alert_id
    assert arrived.headers["Topic"] == f"alert-{alert}"
    assert Delivery.objects.get().state == "sent"
    assert arrived.message == {
        "title": "Gaya Nusantara", "body": "Battery", "url": f"/alerts/{alert}/", "tag": f"alert-{alert}"
    }  # fmt: skip


def test_signature_is_valid_although_our_clock_is_wrong_by_an_hour(
    workspace: Workspace, owner: User, service: PushService
) -> None:
    """A push service refuses a signature that has expired or lasts for more than a day (RFC 8292, section 2)."""
    services.add_device(user=owner, subscription=service.new_browser())
    for hours in (1, -1):
        right = clock.now()
        with clock.skewed(timedelta(hours=hours)):
            tell(workspace, f"Ibu Siti {hours}")
        arrived = service.arrived.pop()
        assert right < datetime.fromtimestamp(arrived.claims["exp"], UTC) < right + timedelta(days=1), hours


def test_notification_names_no_customer(workspace: Workspace, owner: User, service: PushService) -> None:
    """The sentence of an alert may contain a name, and a lock screen shows the notification to bystanders."""
    services.add_device(user=owner, subscription=service.new_browser())
    tell(workspace, "Ibu Siti")
    tell(workspace, "Pak Budi")
    assert len(service.arrived) == 2
    assert not any(name in json.dumps(one.message) for one in service.arrived for name in ("Siti", "Budi"))


def test_expired_subscription_is_removed_and_a_refused_one_stays(
    workspace: Workspace, owner: User, service: PushService
) -> None:
    """The service refuses the notification to each of six browsers with another status."""
    states = {404: "failed", 410: "failed", 429: "waiting", 500: "waiting", 403: "waiting", 413: "failed"}
    devices = {}
    for status in states:
        service.answers[f"/push/{status}"] = status
        device = services.add_device(user=owner, subscription=service.new_browser(f"/push/{status}"))
        devices[str(device.pk)] = status
    service.headers["Retry-After"] = "7200"
    tell(workspace)
    services.deliver_due(channel="push")  # a job sends five letters
    found = {devices[delivery.target]: delivery for delivery in Delivery.objects.all()}
    assert {status: delivery.state for status, delivery in found.items()} == states
    for status, delivery in found.items():
        assert delivery.reason == ("gone" if status in {404, 410} else f"refused: {status}")
        if delivery.state == "waiting":
            assert delivery.due_at - delivery.created_at > timedelta(minutes=119), status
    left = PushDevice.objects.values_list("endpoint", flat=True)
    assert {int(endpoint.rpartition("/")[2]) for endpoint in left} == {429, 500, 403, 413}
    services.deliver_due(channel="push")
    assert service.requests == len(states)


def test_service_that_is_down_is_tried_again(workspace: Workspace, owner: User, service: PushService) -> None:
    browser = service.new_browser()
    closed = Subscription("http://127.0.0.1:1/push/1", browser.p256dh, browser.auth, "Chrome")
    services.add_device(user=owner, subscription=closed)
    tell(workspace)
    assert (Delivery.objects.get().state, Delivery.objects.get().attempts) == ("waiting", 1)


def test_each_device_is_told_and_one_failure_does_not_repeat_the_others(
    workspace: Workspace, owner: User, service: PushService
) -> None:
    for number in (1, 2):
        services.add_device(user=owner, subscription=service.new_browser(f"/push/{number}"))
    service.answers["/push/1"] = 503
    tell(workspace)
    assert len(service.arrived) == 1
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["sent", "waiting"]


INSIDE = (
    "http://push.example/1", "https://127.0.0.1/1", "https://10.0.0.5/1", "https://localhost/1", "ftp://a.example/1",
    "https://user:pw@push.example/1", "https://router.lan/1", "", "https://", "https://push.example/" + "a" * 1000,
    *(f"https://[{address}]/1" for address in LITERALS), "https://8.8.8.8/1", "https://0x7f.1/1", "https://127.1/1",
    "https://push.example/\x00", "https://push.example/\ud800", "https://push.example/a b", "https://push.example\n/",
    "https://push.example:8443/", "https://push.example:22/",
    "https://push.example:0/", "https://push.example:99999/", "https://push.example:x/", "https://[::1/", "https://a..b/",
)  # fmt: skip


def is_refused(user: User, subscription: Subscription) -> bool:
    try:
        services.add_device(user=user, subscription=subscription)
    except DomainError:
        return True
    return False


def test_endpoint_inside_our_network_is_refused(owner: User, service: PushService, settings: Settings) -> None:
    settings.PRIVATE_PEERS = False
    keys = service.new_browser()
    accepted = [one for one in INSIDE if not is_refused(owner, Subscription(one, keys.p256dh, keys.auth, "x"))]
    assert accepted == []
    assert not PushDevice.objects.exists()


def test_name_that_resolves_to_our_network_is_not_connected_to(
    workspace: Workspace, owner: User, service: PushService, settings: Settings
) -> None:
    """A host name that looks public may have a private address."""
    services.add_device(user=owner, subscription=service.new_browser())
    settings.PRIVATE_PEERS = False
    tell(workspace)
    assert service.requests == 0
    assert (Delivery.objects.get().state, Delivery.objects.get().reason) == ("failed", "private")


def test_keys_that_no_browser_makes_are_refused(owner: User) -> None:
    for p256dh, auth in (("", ""), ("BAAA", "AAAA"), ("€", "€"), ("A" * 87, "A" * 22)):
        assert is_refused(owner, Subscription("http://127.0.0.1:1/1", p256dh, auth, "x")), p256dh


SENDERS = {
    "https://wa.toko.example": "https://wa.toko.example",
    "https://wa.toko.example:8443": "https://wa.toko.example",
    "https://[2606:4700::1111]:8443": "mailto:wabolt@localhost",
    "https://kasir": "mailto:wabolt@localhost",
    "http://127.0.0.1:8000": "mailto:wabolt@localhost",
}


def test_notification_names_its_sender_for_every_address_of_the_shop(
    workspace: Workspace, owner: User, service: PushService, settings: Settings
) -> None:
    services.add_device(user=owner, subscription=service.new_browser())
    for home, sender in SENDERS.items():
        settings.PUBLIC_URL = home
        tell(workspace, home)
        assert service.arrived.pop().claims["sub"] == sender, home


def test_junk_in_a_subscription_is_refused_and_forgets_nothing(owner: User, service: PushService) -> None:
    client = Client()
    sign_in(client, owner)
    browser = service.new_browser()
    right = {"endpoint": browser.endpoint, "p256dh": browser.p256dh, "auth": browser.auth}
    for part, junk in product(right, ("\x00", "\ud800", "\n", " ", "!" * 200, "€", "=" * 200)):
        given = {**right, part: right[part] + (junk if part != "endpoint" or len(junk) < 200 else junk * 5)}
        body = json.dumps({"endpoint": given["endpoint"], "keys": {"p256dh": given["p256dh"], "auth": given["auth"]}})
        answer = client.post("/settings/alerts/devices/", body, content_type="application/json")
        assert answer.status_code == 422, (part, junk)
        assert answer.json()["error"], (part, junk)
        forgotten = client.post("/settings/alerts/devices/forget/", body, content_type="application/json")
        assert forgotten.status_code == 200, (part, junk)


@each("is_private_allowed", [True, False], undone=True)
def test_a_stored_device_that_cannot_be_reached_fails_with_a_sentence(
    owner: User, service: PushService, settings: Settings, is_private_allowed: bool
) -> None:
    """Older versions stored such addresses; the test of the channel answers with a sentence for each, never with an
    error."""
    settings.PRIVATE_PEERS = is_private_allowed
    browser = service.new_browser()
    endpoints = [*(f"https://[{one}]/1" for one in LITERALS), "https://a..b/1", "nonsense", "https://x:y/"]
    for endpoint in endpoints:
        make_device(owner, endpoint, p256dh=browser.p256dh, auth=browser.auth)
    make_device(owner, "https://push.example/unusable-keys")
    client = Client()
    sign_in(client, owner)
    answer = client.post("/settings/alerts/test/", {"channel": "push"}, follow=True)
    assert answer.status_code == 200
    levels = [str(message.level_tag) for message in answer.context["messages"]]
    assert levels == ["error"] * (len(endpoints) + 1)


def test_private_key_is_sealed_and_there_is_one(settings: Settings) -> None:
    first = services.push_key()
    assert services.push_key() == first
    public = base64.urlsafe_b64decode(first.public_key + "=")
    assert len(public) == 65
    assert len(first.sealed_private_key) > 100, "sealed, not the 43 characters of the key"


def test_key_of_another_installation_is_replaced_with_its_subscriptions(owner: User, settings: Settings) -> None:
    first = services.push_key()
    make_device(owner)
    settings.SECRETS_KEY = "another"
    assert services.push_key().public_key != first.public_key
    assert not PushDevice.objects.exists()


def test_browser_tells_its_subscription_and_sign_out_removes_it(workspace: Workspace, service: PushService) -> None:
    owner = make_member(workspace)
    client = Client(headers={"user-agent": "Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile Safari/537"})
    sign_in(client, owner)
    browser = service.new_browser()
    body = {"endpoint": browser.endpoint, "keys": {"p256dh": browser.p256dh, "auth": browser.auth}}
    answer = client.post("/settings/alerts/devices/", json.dumps(body), content_type="application/json")
    assert answer.status_code == 201
    assert "Chrome, Android" in client.get("/settings/alerts/").content.decode()
    client.post("/settings/alerts/test/", {"channel": "push"})
    assert service.arrived[0].message["tag"] == "test"
    client.post("/account/logout/")
    assert not PushDevice.objects.exists()


def test_bad_subscription_is_refused_in_one_sentence(owner: User) -> None:
    client = Client()
    sign_in(client, owner)
    for body in (b"", b"[]", b"{", b'{"endpoint": 5}', b'{"keys": []}', b"\xff", b"[" * 100_000):
        answer = client.post("/settings/alerts/devices/", body, content_type="application/json")
        assert answer.status_code == 422, body[:20]
        assert "browser" in answer.json()["error"].lower(), body[:20]


def test_other_person_on_the_same_browser_takes_the_device(workspace: Workspace, service: PushService) -> None:
    first, second = make_member(workspace), make_member(workspace, "agent")
    browser = service.new_browser()
    services.add_device(user=first, subscription=browser)
    services.add_device(user=second, subscription=browser)
    assert PushDevice.objects.get().user == second


def test_sign_out_everywhere_ends_the_devices(workspace: Workspace, owner: User, service: PushService) -> None:
    services.add_device(user=owner, subscription=service.new_browser())
    User.objects.update(sessions_version=1)
    tell(workspace)
    assert service.arrived == []


def test_a_person_has_a_limited_number_of_devices(owner: User, service: PushService) -> None:
    for number in range(12):
        services.add_device(user=owner, subscription=service.new_browser(f"/push/{number}"))
    assert PushDevice.objects.count() == 10
    assert not PushDevice.objects.filter(endpoint__endswith="/push/1").exists()


def test_device_of_another_member_cannot_be_removed(workspace: Workspace, owner: User) -> None:
    device = make_device(owner)
    client = Client()
    sign_in(client, make_member(workspace, "agent"))
    assert client.post(f"/settings/alerts/devices/{device.pk}/remove/").status_code == 404
    client.post("/settings/alerts/devices/forget/", json.dumps({"endpoint": device.endpoint}), "application/json")
    assert PushDevice.objects.exists()


def test_devices_go_with_the_person(owner: User) -> None:
    make_device(owner)
    Membership.objects.all().delete()
    owner.delete()
    assert not PushDevice.objects.exists()


def test_restore_sends_nothing_that_waited_in_the_backup(workspace: Workspace, owner: User) -> None:
    make_device(owner)
    services.open_alert(workspace=workspace, kind=KIND)
    services.announce_due()
    database_restored.send(sender=None, restore=Restore(made_at=owner.created_at))
    assert Delivery.objects.get().state == "cancelled"
