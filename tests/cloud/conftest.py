"""A number over the fake Graph server, and calls of its webhook."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.graph import webhooks
from tests.graph.server import APP_SECRET, NUMBER_ID, TOKEN, VERIFY, WABA_ID, GraphServer
from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel, CloudAccount
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import vault


@pytest.fixture
def graph(socket_enabled: None, settings: Any) -> Iterator[GraphServer]:
    with GraphServer() as server:
        settings.GRAPH_URL = server.url
        yield server


def make_cloud(workspace: Workspace | None = None, *, number_id: str = NUMBER_ID, **fields: Any) -> Channel:
    """Returns a connected number over the Cloud API."""
    channel = make_channel(workspace, **{"provider": "cloud", "options": {}, "messages_per_minute": 4800} | fields)
    CloudAccount.objects.create(
        channel=channel,
        phone_number_id=number_id,
        waba_id=WABA_ID,
        sealed_token=vault.seal(TOKEN),
        sealed_app_secret=vault.seal(APP_SECRET),
        sealed_verify_token=vault.seal(VERIFY),
    )
    return channel


def post(channel: Channel, body: Any, *, secret: str = APP_SECRET, client: Client | None = None) -> Any:
    """Calls the webhook as Meta does. `body`: bytes are sent unchanged, everything else as JSON."""
    raw = body if isinstance(body, bytes) else webhooks.encoded(body)
    return (client or Client(enforce_csrf_checks=True)).post(
        reverse("channels:cloud_webhook", args=[channel.pk]),
        data=raw,
        content_type="application/json",
        headers={"X-Hub-Signature-256": webhooks.signature(raw, secret)},
    )
