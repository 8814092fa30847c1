"""The domain name is changed on the page with the real command `wabolt domain`."""

import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cases import each

from wabolt.accounts.models import AuditEntry
from wabolt.accounts.tests.factories import make_workspace, signed_in

pytestmark = pytest.mark.django_db
PAGE, CHANGE = "/settings/public-address/", "/settings/public-address/name/"


@pytest.fixture
def home(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of an installation that manages its own name. Two names lead to known addresses."""
    monkeypatch.setenv("WABOLT_HOME", str(tmp_path))
    monkeypatch.setenv("WABOLT_CADDY", sys.executable)
    settings.DOMAIN_COMMAND = [sys.executable, "-m", "wabolt", "domain"]
    known = {"wa.toko.id": "127.0.0.1", "lain.toko.id": "203.0.113.7", "a_b.toko.id": "127.0.0.1"}

    def resolve(host: str, *_rest: Any, **_more: Any) -> list[Any]:
        if host not in known:
            raise socket.gaierror(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (known[host], 0))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return tmp_path


def stored(home: Path) -> list[str]:
    file = home / "public-address.json"
    return json.loads(file.read_text("utf-8"))["names"] if file.exists() else []


def test_an_owner_changes_the_name(home: Path) -> None:
    workspace = make_workspace()
    client = signed_in(workspace)
    assert CHANGE in client.get(PAGE).content.decode()
    assert client.post(CHANGE, {"name": "https://WA.toko.id/"})["Location"] == PAGE
    assert stored(home) == ["wa.toko.id"]
    entry = AuditEntry.objects.get(action="public_address.change_name")
    assert (entry.workspace, entry.data, entry.user is not None) == (workspace, {"name": "wa.toko.id"}, True)


@each("name", ["lain.toko.id", "belum.toko.id", "a_b.toko.id", "--forget"], undone=True)
def test_a_name_that_does_not_lead_here_is_refused(home: Path, name: str) -> None:
    answer = signed_in(make_workspace()).post(CHANGE, {"name": name})
    assert answer.status_code == 422
    assert answer.context["form"].errors["name"]
    assert stored(home) == []
    assert not AuditEntry.objects.filter(action="public_address.change_name").exists()


def test_only_an_owner_of_an_installation_with_its_own_name_may_change_it(home: Path, settings: Any) -> None:
    workspace = make_workspace()
    manager = signed_in(workspace, "manager")
    assert CHANGE not in manager.get(PAGE).content.decode()
    assert manager.post(CHANGE, {"name": "wa.toko.id"}).status_code == 403
    settings.DOMAIN_COMMAND = []
    owner = signed_in(workspace)
    assert CHANGE not in owner.get(PAGE).content.decode()
    owner.post(CHANGE, {"name": "wa.toko.id"})
    assert stored(home) == []
