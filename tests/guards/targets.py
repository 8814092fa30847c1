"""Objects that the parameters of routes refer to, by room and parameter names."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from wabolt.accounts import services as accounts
from wabolt.accounts.models import Membership, User, Workspace
from wabolt.accounts.tests.factories import make_member
from wabolt.broadcasts.tests.factories import make_broadcast, make_segment
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.tests.factories import make_cart
from wabolt.consent.services import add_keyword
from wabolt.contacts import services as contacts
from wabolt.contacts.models import Consumer, Field, Note, ParkedEvent, Tag
from wabolt.contacts.tests.factories import make_contact
from wabolt.imports.models import Import
from wabolt.journeys.models import Enrollment, JourneyStep
from wabolt.journeys.rules.definition import Send, Wait
from wabolt.journeys.services import Entrant, enroll
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib import clock
from wabolt.messaging.models import Conversation, Template
from wabolt.optin.events.tests.factories import make_event, make_guest
from wabolt.optin.tests.factories import code_of, make_point
from wabolt.privacy.models import Breach, DataRequest
from wabolt.segments.models import Segment

Make = Callable[[Workspace], Mapping[str, Any]]


def _manager(workspace: Workspace) -> User:
    email = f"orang-{workspace.pk}@example.com"
    return User.objects.filter(email=email).first() or make_member(workspace, "manager", email)


def _membership(workspace: Workspace) -> Mapping[str, Any]:
    return {"membership_id": Membership.objects.get(user=_manager(workspace)).pk}


def _invitation(workspace: Workspace) -> Mapping[str, Any]:
    made, _path = accounts.invite(workspace=workspace, name="Rudi", role="agent", by=_manager(workspace))
    return {"invitation_id": made.pk}


def _key(workspace: Workspace) -> Mapping[str, Any]:
    made, _secret = accounts.create_api_key(workspace=workspace, name="Kasir", created_by=_manager(workspace))
    return {"key_id": made.pk}


def _keyword(workspace: Workspace) -> Mapping[str, Any]:
    add_keyword(workspace=workspace, action="stop", word="UDAHAN")
    return {"keyword_id": add_keyword(workspace=workspace, action="stop", word="SUDAH CUKUP").pk}


def _contact(workspace: Workspace) -> Mapping[str, Any]:
    return {"contact_id": make_contact(workspace).pk}


def _place(workspace: Workspace) -> Mapping[str, Any]:
    point = make_point(make_channel(workspace))
    return {"point_id": point.pk, "code": code_of(point)}


def _event(workspace: Workspace) -> Mapping[str, Any]:
    event = make_event(make_channel(workspace), starts_at=clock.now() + timedelta(days=3))
    return {"event_point_id": event.point_id}


def _registration(workspace: Workspace) -> Mapping[str, Any]:
    event = make_event(make_channel(workspace), starts_at=clock.now() + timedelta(days=3))
    return {"event_point_id": event.point_id, "registration_id": make_guest(event).pk}


def _journey(workspace: Workspace) -> Mapping[str, Any]:
    journey = make_journey(workspace, Send("s1", text="Hai"), Wait("s2"))
    enroll(journey=journey, entrants=[Entrant(make_contact(workspace).pk)])
    return {"journey_id": journey.pk, "enrollment_id": Enrollment.objects.get(journey=journey).pk}


def _segment(workspace: Workspace) -> Segment:
    return Segment.objects.filter(workspace=workspace).first() or make_segment(workspace)


def _conversation(workspace: Workspace) -> Mapping[str, Any]:
    contact = make_contact(workspace)
    made = Conversation.objects.create(workspace=workspace, channel=make_channel(workspace), contact=contact)
    return {"conversation_id": made.pk}


def _note(workspace: Workspace) -> Mapping[str, Any]:
    contact = make_contact(workspace)
    note = Note.objects.create(workspace=workspace, contact=contact, text="Suka batik")
    return {"contact_id": contact.pk, "note_id": note.pk}


def _merge(workspace: Workspace) -> Mapping[str, Any]:
    keep, other = make_contact(workspace), make_contact(workspace)
    made = contacts.merge_contacts(workspace=workspace, keep_id=keep.pk, absorb_id=other.pk, reason="member")
    return {"merge_id": made.pk}


def _parked(workspace: Workspace) -> dict[str, Any]:
    consumer, _created = Consumer.objects.get_or_create(name="guard")
    contact = make_contact(workspace)
    parked = ParkedEvent.objects.create(
        consumer=consumer, workspace=workspace, contact=contact, event_id=contact.pk, event_time=clock.now(), kind="x"
    )
    return {"parked_id": parked.pk}


def _import(workspace: Workspace) -> Mapping[str, Any]:
    made = Import.objects.create(workspace=workspace, kind="contacts", filename="k.csv", size=1, sha256="0" * 64)
    return {"import_id": made.pk}


def _field(workspace: Workspace) -> Mapping[str, Any]:
    return {"field_id": Field.objects.create(workspace=workspace, key="ukuran", label="Ukuran", kind="text").pk}


def _template(workspace: Workspace) -> Mapping[str, Any]:
    channel = make_channel(workspace, provider="cloud")
    made = Template.objects.create(
        workspace=workspace, channel=channel, vendor_id="1", name="promo", language="id", category="marketing",
        status="approved", components=[{"type": "BODY", "text": "Halo {{1}}"}],
    )  # fmt: skip
    return {"template_id": made.pk}


def _data_request(workspace: Workspace) -> Mapping[str, Any]:
    made = DataRequest.objects.create(
        workspace=workspace, contact=make_contact(workspace), kind="access", source="staff"
    )
    return {"request_id": made.pk}


def _breach(workspace: Workspace) -> Mapping[str, Any]:
    return {"breach_id": Breach.objects.create(workspace=workspace, title="HP kasir hilang").pk}


TARGETS: dict[tuple[str, frozenset[str]], Make] = {
    ("accounts", frozenset({"membership_id"})): _membership,
    ("accounts", frozenset({"invitation_id"})): _invitation,
    ("accounts", frozenset({"key_id"})): _key,
    ("commerce", frozenset({"cart_id"})): lambda w: {"cart_id": make_cart(make_contact(w)).pk},
    ("commerce", frozenset({"contact_id"})): _contact,
    ("consent", frozenset({"contact_id"})): _contact,
    ("consent", frozenset({"keyword_id"})): _keyword,
    ("contacts", frozenset({"contact_id"})): _contact,
    ("contacts", frozenset({"contact_id", "note_id"})): _note,
    ("contacts", frozenset({"tag_id"})): lambda w: {"tag_id": Tag.objects.create(workspace=w, name="reseller").pk},
    ("contacts", frozenset({"field_id"})): _field,
    ("contacts", frozenset({"merge_id"})): _merge,
    ("imports", frozenset({"import_id"})): _import,
    ("contacts", frozenset({"parked_id"})): _parked,
    ("channels", frozenset({"channel_id", "digits"})): lambda w: {
        "channel_id": make_channel(w).pk,
        "digits": 628123456789,
    },
    ("channels", frozenset({"channel_id"})): lambda w: {"channel_id": make_channel(w).pk},
    ("segments", frozenset({"pk"})): lambda w: {"pk": _segment(w).pk},
    ("segments", frozenset({"pk", "kind"})): lambda w: {"pk": _segment(w).pk, "kind": "csv"},
    ("segments", frozenset({"place", "where"})): lambda w: {
        "place": "journey",
        "where": f"{_journey(w)['journey_id']}-goal",
    },
    ("segments", frozenset({"segment_id"})): lambda w: {"segment_id": _segment(w).pk},
    ("journeys", frozenset({"journey_id"})): lambda w: {"journey_id": _journey(w)["journey_id"]},
    ("journeys", frozenset({"journey_id", "step_id"})): lambda w: {
        "journey_id": _journey(w)["journey_id"],
        "step_id": "s1",
    },
    ("journeys", frozenset({"step_pk"})): lambda w: {
        "step_pk": JourneyStep.objects.get(journey=_journey(w)["journey_id"], key="s1").pk
    },
    ("journeys", frozenset({"journey_id", "enrollment_id"})): lambda w: _journey(w),
    ("broadcasts", frozenset({"broadcast_id"})): lambda w: {"broadcast_id": make_broadcast(w).pk},
    ("inbox", frozenset({"conversation_id"})): _conversation,
    ("analytics", frozenset({"broadcast_id"})): lambda w: {"broadcast_id": make_broadcast(w).pk},
    ("messaging", frozenset({"contact_id"})): _contact,
    ("optin", frozenset({"contact_id"})): _contact,
    ("optin", frozenset({"point_id"})): lambda w: {"point_id": make_point(make_channel(w)).pk},
    ("optin", frozenset({"point_id", "code"})): _place,
    ("optin", frozenset({"event_point_id"})): _event,
    ("optin", frozenset({"event_point_id", "registration_id"})): _registration,
    ("privacy", frozenset({"contact_id"})): _contact,
    ("privacy", frozenset({"request_id"})): _data_request,
    ("privacy", frozenset({"breach_id"})): _breach,
    ("privacy", frozenset({"breach_id", "step"})): lambda w: {**_breach(w), "step": 1},
    ("privacy", frozenset({"breach_id", "to"})): lambda w: {**_breach(w), "to": "people"},
    ("messaging", frozenset({"template_id"})): _template,
}

CHOICES: dict[str, Mapping[str, Any]] = {
    "contacts:export": {"kind": "csv"},
    "help:topic": {"key": "stop"},
    "journeys:recipe": {"key": "welcome"},
    "optin:new": {"kind": "form"},
    "optin:preview": {"kind": "form"},
}
"""Routes whose parameters name a choice, not an object of a workspace: each member gets the data of their workspace."""
