"""Fixtures of the tests that span several rooms."""

from collections.abc import Iterator

import pytest

from tests.forking import ForkServer
from tests.waserver.network import Network, missing


@pytest.fixture(scope="session")
def wa_client(tmp_path_factory: pytest.TempPathFactory) -> "tuple[object, object]":
    """(state folder, folder with a patched copy of neonize), created once a session."""
    if reason := missing():
        pytest.skip(reason)
    from tests.waserver.patch import patch

    home = tmp_path_factory.mktemp("whatsapp")
    patch(home / "state", home / "site")
    return home / "state", home / "site"


@pytest.fixture
def wa_network(wa_client, _fork_server: ForkServer, socket_enabled: None) -> Iterator[Network]:
    """A new WhatsApp network for one test."""
    from tests.waserver.client import ServerProcess

    state, site = wa_client
    with ServerProcess(state, forks=_fork_server) as server:
        yield Network(server, site)
