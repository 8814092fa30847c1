"""Fixtures of the tests that span several rooms."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forking import ForkServer, trust
from tests.shared import made_once
from tests.waserver.network import Network, missing


@pytest.fixture(scope="session")
def wa_client(tmp_path_factory: pytest.TempPathFactory) -> "tuple[Path, Path]":
    """(state folder, folder with a patched copy of neonize), created once for all workers."""
    if reason := missing():
        pytest.skip(reason)
    from tests.waserver.patch import patch

    home = made_once(tmp_path_factory, "whatsapp", lambda folder: patch(folder / "state", folder / "site"))
    trust(home / "state" / "ca.pem")
    return home / "state", home / "site"


@pytest.fixture
def wa_network(wa_client, _fork_server: ForkServer, socket_enabled: None) -> Iterator[Network]:
    """A new WhatsApp network for one test."""
    from tests.waserver.client import ServerProcess

    state, site = wa_client
    with ServerProcess(state, forks=_fork_server) as server:
        yield Network(server, site)
