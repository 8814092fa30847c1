"""A contact who writes first gets the name from WhatsApp, marked as such."""

import pytest

from tests.cloud.conftest import make_cloud, post
from tests.graph import webhooks
from wabolt.accounts.tests.factories import make_member, sign_in
from wabolt.contacts.models import Contact
from wabolt.contacts.services import update_contact
from wabolt.contacts.tests.factories import make_contact
from wabolt.messaging.services import process_raw_events

pytestmark = pytest.mark.django_db


def test_a_stranger_has_the_name_from_whatsapp_until_a_member_changes_it(client) -> None:
    channel = make_cloud()
    post(channel, webhooks.message("wamid.1", body="Halo"))
    process_raw_events(channel)
    ayu = Contact.objects.get()
    assert (ayu.name, ayu.whatsapp_name) == ("Ayu", "Ayu")
    sign_in(client, make_member(channel.workspace, "owner"))
    assert "Nama dari WhatsApp" in client.get(f"/contacts/{ayu.pk}/").content.decode()
    update_contact(workspace=channel.workspace, contact_id=ayu.pk, name="Ayu Lestari")
    assert "Nama dari WhatsApp" not in client.get(f"/contacts/{ayu.pk}/").content.decode()


def test_a_name_that_the_shop_has_given_stays() -> None:
    channel = make_cloud()
    make_contact(channel.workspace, "Bu Ayu", phone="+6281200000001")
    post(channel, webhooks.message("wamid.1", body="Halo"))
    process_raw_events(channel)
    assert Contact.objects.get().name == "Bu Ayu"
