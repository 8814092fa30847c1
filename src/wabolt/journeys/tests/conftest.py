"""Fixtures of the tests of journeys."""

from datetime import UTC, datetime

import pytest

from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
"""12.00 in Jakarta."""


@pytest.fixture
def held():
    """The clock is held at noon until the test moves it."""
    with clock.hold(NOON) as moment:
        yield moment


@pytest.fixture
def workspace(db, held):
    return make_workspace()


@pytest.fixture
def contact(workspace):
    return make_contact(workspace)
