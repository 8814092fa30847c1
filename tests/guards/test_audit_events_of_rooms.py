"""The buttons of the rooms above contacts leave an audit entry. Each test presses one on a new object.

`test_audit_of_actions.py` finds a view that can leave none. This test finds one that leaves none in this case. The
forms that edit something are tested in `test_pages.py`.
"""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from django.urls import reverse

from tests.guards.layout import our_routes
from tests.guards.test_isolation import arguments
from wabolt.accounts.audit_text import describe
from wabolt.accounts.models import AuditEntry, User, Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace, signed_in
from wabolt.alerts.models import Alert, MailServer
from wabolt.alerts.services import add_device
from wabolt.alerts.services.push import Subscription
from wabolt.contacts.services import add_tags
from wabolt.contacts.tests.factories import make_contact
from wabolt.segments.tests.live import make_segment

pytestmark = pytest.mark.django_db
ROUTES = {route.name: route for route in our_routes()}
BUTTONS: list[tuple[str, str, dict[str, str]]] = [
    ("autoreply.switch_off", "autoreply:change", {"action": "off"}),
    ("autoreply.delete_rule", "autoreply:change", {"action": "delete"}),
    ("autoreply.switch_form_off", "autoreply:form_change", {"action": "off"}),
    ("autoreply.take_over", "autoreply:mode", {"mode": "take_over"}),
    ("autoreply.hand_back", "autoreply:mode", {"mode": "hand_back"}),
    ("entry_point.close", "optin:close", {}),
    ("entry_point.archive", "optin:archive", {}),
    ("entry_point.code", "optin:add_placement", {"branch": "Dago", "medium": "poster"}),
    ("event.cancel", "optin:cancel_event", {"reason": "Pengajar sakit"}),
    ("event.open_door", "optin:door_link", {"do": "open"}),
    ("event.close_door", "optin:door_link", {"do": "close"}),
    ("journey.pause", "journeys:act", {"action": "pause"}),
    ("journey.archive", "journeys:act", {"action": "end"}),
    ("journey.retry", "journeys:act", {"action": "retry"}),
    ("privacy_request.cancel", "privacy:request_cancel", {}),
    ("privacy_request.refuse", "privacy:request_refuse", {"reason": "Bukan data Kakak"}),
    ("breach.told", "privacy:breach_told", {"who": "agency"}),
    ("breach.letter", "privacy:breach_letter", {}),
    ("segment.delete", "segments:delete", {}),
    ("segment.create", "segments:duplicate", {}),
    ("contact.export", "segments:export", {}),
    ("contact.delete_note", "contacts:note_delete", {}),
    ("contact.tag", "contacts:labels", {"add": "VIP"}),
    ("contact.untag", "contacts:labels", {"remove": "VIP"}),
    ("import.cancel", "imports:cancel", {}),
    ("keyword.remove", "consent:remove_keyword", {}),
]
READ = {"breach.letter", "contact.export"}
"""Actions of a download."""


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def client(workspace: Workspace) -> Client:
    return signed_in(workspace, "owner")


def entries(workspace: Workspace, action: str) -> list[AuditEntry]:
    found = list(AuditEntry.objects.filter(workspace=workspace, action=action))
    assert all(told.action != action for told in describe(workspace, found))
    return found


@pytest.mark.parametrize(("action", "route", "values"), BUTTONS, ids=[action for action, _route, _values in BUTTONS])
def test_button_leaves_an_entry(
    workspace: Workspace, client: Client, action: str, route: str, values: dict[str, str]
) -> None:
    address = reverse(route, kwargs=arguments(ROUTES[route], workspace))
    before = len(entries(workspace, action))
    answer = client.get(address) if action in READ else client.post(address, values)
    assert answer.status_code in {200, 302}, answer.content[:300]
    [entry] = entries(workspace, action)[before:]
    assert entry.ip


def test_people_who_are_let_into_a_journey_by_hand_are_counted(workspace: Workspace, client: Client) -> None:
    journey = arguments(ROUTES["journeys:enroll"], workspace)["journey_id"]
    make_contact(workspace)
    page = reverse("journeys:enroll", args=[journey])
    assert client.post(page, {"segment": str(make_segment(workspace, "everyone").pk)}).status_code == 302
    [entry] = entries(workspace, "journey.enroll")
    assert (entry.target_id, entry.data["count"]) == (journey, 1)


def test_assigned_request_leaves_an_entry(workspace: Workspace, client: Client) -> None:
    owner = User.objects.get(memberships__workspace=workspace)
    address = reverse("privacy:request_assign", kwargs=arguments(ROUTES["privacy:request_assign"], workspace))
    client.post(address, {"owner": owner.pk})
    assert len(entries(workspace, "privacy_request.assign")) == 1


def test_a_label_of_one_contact_names_the_contact(workspace: Workspace, client: Client) -> None:
    ayu = make_contact(workspace, "Ayu")
    add_tags(workspace=workspace, contact_ids=[ayu.pk], tag_names=["VIP"])
    client.post(reverse("contacts:labels", args=[ayu.pk]), {"remove": "VIP"})
    [entry] = entries(workspace, "contact.untag")
    assert (entry.target_id, entry.data) == (ayu.pk, {"labels": ["VIP"]})


def _subscription(name: str = "Chrome") -> Subscription:
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    public = urlsafe_b64encode(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)).decode().rstrip("=")
    return Subscription("https://push.example/1", public, urlsafe_b64encode(b"a" * 16).decode().rstrip("="), name)


def test_devices_that_get_notifications_leave_entries(workspace: Workspace, client: Client, settings: Any) -> None:
    settings.PRIVATE_PEERS = True
    given = _subscription()
    body = json.dumps({"endpoint": given.endpoint, "keys": {"p256dh": given.p256dh, "auth": given.auth}})
    for _time in range(2):  # a page renews its subscription at each visit
        answer = client.post(reverse("alerts:add_device"), body, "application/json")
        assert answer.status_code == 201
    assert len(entries(workspace, "user.add_device")) == 1
    client.post(reverse("alerts:remove_device", args=[answer.json()["device"]]))
    assert len(entries(workspace, "user.remove_device")) == 1


def test_a_device_that_changes_hands_is_new(workspace: Workspace, settings: Any) -> None:
    settings.PRIVATE_PEERS = True
    people: list[User] = [make_member(workspace, "agent", f"{name}@example.com") for name in ("rudi", "sari")]
    for person in people:
        add_device(user=person, subscription=_subscription())
    assert {entry.target_id for entry in entries(workspace, "user.add_device")} == {person.pk for person in people}


def test_alerts_and_the_mail_server_leave_entries(workspace: Workspace, client: Client) -> None:
    alert = Alert.objects.create(workspace=workspace, kind="channel.stopped", subject="1")
    MailServer.objects.create(workspace=workspace, host="surat.example", sender="toko@surat.example")
    client.post(reverse("alerts:acknowledge", args=[alert.pk]))
    client.post(reverse("alerts:remove_mail"))
    assert len(entries(workspace, "alert.acknowledge")) == len(entries(workspace, "mail_server.remove")) == 1
