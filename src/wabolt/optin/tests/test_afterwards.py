"""Actions that run after a person has joined through a way in."""

import pytest

from wabolt.accounts.tests.factories import signed_in
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.consent.queries import consent_of
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import tags_of
from wabolt.contacts.registry import ActionCall
from wabolt.contacts.services import create_field, delete_field
from wabolt.messaging.services import process_raw_events
from wabolt.optin.services import save_actions
from wabolt.optin.tests.factories import code_of, make_point

AYU = "+6281200000001"
SIZE = ActionCall("contacts.set_field", {"column": "ukuran", "value": "M"})
VIP = ActionCall("contacts.tag", {"tag": "VIP"})


@pytest.fixture
def channel(db: None, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel()
    create_defaults(workspace=channel.workspace)
    return channel


def test_actions_run_for_each_person_who_joins_and_a_refused_one_holds_up_nothing(channel: Channel) -> None:
    workspace = channel.workspace
    field = create_field(workspace=workspace, label="Ukuran", kind="text")
    point = make_point(channel)
    save_actions(workspace=workspace, point_id=point.pk, calls=[SIZE, VIP])
    delete_field(workspace=workspace, field_id=field.pk)
    World.of(channel).tell_message(AYU, f"Halo #{code_of(point)}", "in-1")
    ScriptedProvider(channel).collect(1000)
    process_raw_events(channel)
    contact = Contact.objects.get(identities__value=AYU)
    assert consent_of(workspace, contact.pk).state == "granted"
    assert tags_of([contact.pk]) == {contact.pk: ["VIP"]}


def test_the_page_stores_the_actions_and_refuses_to_overwrite(channel: Channel) -> None:
    client, point = signed_in(channel.workspace), make_point(channel)
    address = f"/ways-in/{point.pk}/then/"
    version = client.get(address).context["form"]["version"].value()
    added = client.post(address, {"version": version, "then-add": "contacts.tag"})
    assert added.status_code == 200
    posted = {"version": version, "then-0-action": "contacts.tag", "then-0-tag": "VIP"}
    assert client.post(address, {**posted, "then-0-tag": ""}).status_code == 422
    assert client.post(address, posted).status_code == 302
    assert client.post(address, {**posted, "then-0-tag": "Lain"}).status_code == 422
    point.refresh_from_db()
    assert point.then == [VIP.stored()]
    assert "Beri label “VIP”" in client.get(f"/ways-in/{point.pk}/").content.decode()
