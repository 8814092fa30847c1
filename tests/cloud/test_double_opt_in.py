"""Double opt-in over Meta's Graph API: the shop hands in the template, a typed number is asked, and its YES joins."""

from datetime import time as clock_time

import pytest
from django.test import Client
from django.urls import reverse

from tests.cloud.conftest import make_cloud, post
from tests.graph import webhooks
from tests.graph.server import GraphServer
from tests.guards.visits import taken_back
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.models import ConsentEvent
from wabolt.consent.queries import consent_of
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.messaging import services
from wabolt.messaging.models import Message, Template
from wabolt.messaging.services import process_raw_events
from wabolt.optin.models import Entry, EntryPoint
from wabolt.optin.services import Submission, submit_entry
from wabolt.optin.tests.factories import make_point

pytestmark = pytest.mark.django_db
AYU = "6281200000001"


@pytest.fixture
def workspace() -> Workspace:
    workspace = make_workspace("Gaya Nusantara")
    create_defaults(workspace=workspace)
    return workspace


@pytest.fixture
def channel(workspace: Workspace, graph: GraphServer) -> Channel:
    return make_cloud(workspace, quiet_from=clock_time(0), quiet_until=clock_time(0))


@pytest.fixture
def form(workspace: Workspace, channel: Channel) -> EntryPoint:
    """Its visitors write to the shop's linked number; typed numbers are asked by the Cloud number."""
    linked = make_channel(workspace, phone="+6281100000077")
    return make_point(linked, kind="form", name="Formulir website", questions=[{"key": "name"}])


def set_up(workspace: Workspace, channel: Channel, form: EntryPoint, graph: GraphServer) -> Template:
    """The owner chooses the number, hands in the template, and Meta approves it."""
    owner = signed_in(workspace)
    settings = reverse("optin:settings")
    assert owner.post(settings, {"asking_channel": channel.pk}).status_code == 302
    page = owner.get(settings).content.decode()
    assert "Formulir website" in page
    answer = owner.post(reverse("optin:make_template"), {"wording": form.marketing_wording_id}, follow=True)
    assert "Meta" in answer.content.decode()
    [handed_in] = graph.templates
    assert handed_in["category"].lower() == "utility"
    [body] = [part["text"] for part in handed_in["components"] if part["type"] == "BODY"]
    assert form.marketing_wording.text in body
    assert workspace.name in body
    handed_in["status"] = "APPROVED"
    services.sync_templates(channel=channel)
    return Template.objects.get(channel=channel)


def now() -> int:
    return int(clock.now().timestamp())


def type_number(client: Client, form: EntryPoint, number: str = AYU) -> Entry:
    entry = submit_entry(
        placement=form.placements.get(), submission=Submission(marketing=True, answers={"name": "Korban <b>x</b>"})
    )
    address = reverse("optin:ask_number", args=[form.slug, entry.code])
    assert client.post(address, {"phone": number}).status_code in {200, 422}
    return entry


def test_a_typed_number_is_asked_once_and_its_yes_joins(
    workspace: Workspace, channel: Channel, form: EntryPoint, graph: GraphServer, client: Client
) -> None:
    template = set_up(workspace, channel, form, graph)
    entry = type_number(client, form)
    for _turn in range(3):
        services.work_lane_once(channel)
    [sent] = graph.bodies
    assert (sent["to"], sent["type"], sent["template"]["name"]) == (AYU, "template", template.name)
    assert "Korban" not in str(sent), "nothing that a visitor typed goes to another person"
    assert not Contact.objects.filter(erased_at=None).exists()
    question = Message.objects.get(direction="outbound")
    tapped = {"text": "YA", "payload": "YA", "context": question.provider_id}
    assert post(channel, webhooks.message("wamid.yes", "button", phone=AYU, at=now(), **tapped)).status_code == 200
    process_raw_events(channel)
    contact = Contact.objects.get(identities__value=f"+{AYU}")
    assert consent_of(workspace, contact.pk).state == "granted"
    proof = ConsentEvent.objects.get()
    assert (proof.wording, proof.evidence["asked"]) == (form.marketing_wording, question.pk)
    assert proof.evidence["message"] == Message.objects.get(direction="inbound").pk
    entry.refresh_from_db()
    assert (entry.state, entry.contact) == ("confirmed", contact)


def test_the_other_button_and_silence_join_no_person(
    workspace: Workspace, channel: Channel, form: EntryPoint, graph: GraphServer, client: Client
) -> None:
    set_up(workspace, channel, form, graph)
    type_number(client, form)
    services.work_lane_once(channel)
    question = Message.objects.get(direction="outbound")
    tapped = {"text": "Bukan saya", "payload": "Bukan saya", "context": question.provider_id}
    post(channel, webhooks.message("wamid.no", "button", phone=AYU, at=now(), **tapped))
    process_raw_events(channel)
    assert not ConsentEvent.objects.exists()
    type_number(client, form)
    services.work_lane_once(channel)
    assert len(graph.bodies) == 1, "one question in 30 days"


def test_a_template_that_meta_changed_asks_no_person(
    workspace: Workspace, channel: Channel, form: EntryPoint, graph: GraphServer, client: Client
) -> None:
    set_up(workspace, channel, form, graph)
    [row] = graph.templates

    def asked(**change: object) -> int:
        """The number of messages to a typed number, with a changed template at Meta. The database is rolled back."""
        graph.templates[:] = [{**row, **change}]
        graph.bodies.clear()
        with taken_back(client):
            services.sync_templates(channel=channel)
            type_number(client, form)
            services.work_lane_once(channel)
        return len(graph.bodies)

    assert asked(status="PENDING") == 0
    assert asked(components=[{"type": "BODY", "text": "Pesanan Kakak sudah siap. Balas YA."}]) == 0
    assert asked(category="MARKETING") == 0
    assert asked(name="pengingat_pesanan") == 0
    assert asked() == 1
