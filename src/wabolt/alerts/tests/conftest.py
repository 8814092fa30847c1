"""A shop with an owner, and the channel that the tests of alerts read."""

from collections.abc import Iterator

import pytest

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.alerts.tests.factories import Postbox


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with Postbox().connected() as box:
        yield box


@pytest.fixture
def workspace(db: None) -> Workspace:
    return make_workspace()


@pytest.fixture
def owner(workspace: Workspace) -> User:
    return make_member(workspace)
