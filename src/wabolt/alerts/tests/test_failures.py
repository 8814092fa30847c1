"""An alert or a channel that fails holds up no other one: the jobs of all channels have one lock."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.alerts import services
from wabolt.alerts.models import Delivery
from wabolt.alerts.tasks import deliver
from wabolt.alerts.tests.factories import KIND, Postbox, battery, registered
from wabolt.lib import clock

NOON = datetime(2026, 11, 30, 5, tzinfo=UTC)  # 12.00 WIB


@pytest.fixture(autouse=True)
def _kind() -> Iterator[None]:
    with registered(battery(severity="critical", channels=("postbox",))), clock.hold(NOON):
        yield


def battery_low(workspace: Workspace) -> None:
    services.open_alert(workspace=workspace, kind=KIND, subject="phone", data={"percent": 3})
    services.announce_due()


def states() -> list[str]:
    return list(Delivery.objects.values_list("state", flat=True))


def test_an_alert_without_words_holds_up_no_other_letter(workspace: Workspace, owner: User, postbox: Postbox) -> None:
    def tell(subject: str, _data: object) -> str:
        raise LookupError(subject)

    other = make_workspace("Lain")
    reader = make_member(other, email="lain@example.com")
    mute = replace(battery(severity="critical", channels=("postbox",)), key="test.mute", sentence=tell)
    with registered(mute):
        services.open_alert(workspace=workspace, kind="test.mute", subject="phone", data={})
        battery_low(other)
        deliver("postbox")
    assert [letter.membership.user for letter in postbox.letters] == [reader]
    assert set(Delivery.objects.values_list("state", "reason")) == {("waiting", "error"), ("sent", "")}


def test_a_channel_that_fails_leaves_its_job_no_retry(workspace: Workspace, owner: User, postbox: Postbox) -> None:
    """The jobs of all channels have one lock. A job that waits for its retry holds it."""

    def fail(_subject: str, _data: object) -> int | None:
        raise LookupError("of whom")

    battery_low(workspace)
    with registered(battery(severity="critical", channels=("postbox",), member=fail)):
        deliver("postbox")
    assert states() == ["waiting"]
    deliver("postbox")
    assert states() == ["sent"]
