"""A shop with one number and an agent."""

import pytest
from django.test import Client

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def channel(workspace: Workspace) -> Channel:
    return make_channel(workspace, name="Toko", quiet_from="00:00", quiet_until="00:00")


@pytest.fixture
def agent(workspace: Workspace) -> Client:
    return signed_in(workspace, "agent")
