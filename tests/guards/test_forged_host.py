"""No page and no link takes its address from a request: not from Host, and not from a forwarding header.

`test_pages.py` reads every page of a shop.
"""

from typing import Any

import pytest
from django.test import Client

from tests.guards.test_pages import FORGED, FORGED_HEADERS
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.models import CloudAccount
from wabolt.channels.tests.factories import make_channel

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(settings: Any) -> Workspace:
    """A shop on an installation that answers every name, which is the worst case."""
    settings.ALLOWED_HOSTS = ["*"]
    return make_workspace()


@pytest.fixture
def forger(shop: Workspace) -> Client:
    """A member whose requests name another host."""
    client = signed_in(shop)
    client.defaults.update(FORGED_HEADERS)
    return client


def test_the_webhook_of_the_cloud_api_is_at_the_public_address(forger: Client, shop: Workspace) -> None:
    channel = make_channel(shop, provider="cloud")
    CloudAccount.objects.create(channel=channel, phone_number_id="1", waba_id="2")
    page = forger.get(f"/channels/{channel.pk}/cloud/").content.decode()
    assert f"https://wa.gayanusantara.example/webhooks/whatsapp/{channel.pk}/" in page
    assert FORGED not in page


def test_an_invitation_is_for_the_public_address(forger: Client) -> None:
    page = forger.post("/settings/team/", {"name": "Rudi", "role": "agent"}, follow=True).content.decode()
    assert "https://wa.gayanusantara.example/undangan/" in page
    assert FORGED not in page


@pytest.mark.parametrize("path", ["/contacts/", "/account/login/?next=//penipu.example/", "/contacts"])
def test_a_redirect_names_no_host(shop: Workspace, path: str) -> None:
    response = Client(**FORGED_HEADERS).get(path)
    target = response.headers.get("Location", "/").partition("?")[0]
    assert target.startswith("/")
    assert not target.startswith("//")
