"""Alerts for tests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from wabolt.accounts.models import Membership, User, Workspace
from wabolt.accounts.tests.factories import make_member
from wabolt.alerts import registry
from wabolt.alerts.models import Alert, PushDevice
from wabolt.alerts.registry import AlertChannel, Letter, Result

KIND = "test.battery"


@contextmanager
def registered(*kinds: registry.AlertKind) -> Iterator[None]:
    """Registers `kinds` within the block only."""
    before = dict(registry._kinds)
    registry.register(*kinds)
    try:
        yield
    finally:
        registry._kinds.clear()
        registry._kinds.update(before)


def battery(**fields: Any) -> registry.AlertKind:
    """A kind whose sentence shows its subject and the fact "percent"."""
    return registry.AlertKind(
        KIND, "Battery", lambda subject, data: f"{subject}: {data.get('percent', '?')} percent left", **fields
    )


def make_alert(workspace: Workspace, kind: str = KIND, subject: str = "phone", **fields: Any) -> Alert:
    return Alert.objects.create(workspace=workspace, kind=kind, subject=subject, **fields)


class Postbox:
    """A channel for tests: reaches every member at `addresses`, keeps the letters, and ends as `result` says."""

    def __init__(self, key: str = "postbox", addresses: tuple[str, ...] = ("",)) -> None:
        self.key, self.addresses = key, addresses
        self.letters: list[Letter] = []
        self.result = Result("sent")

    def send(self, letter: Letter) -> Result:
        self.letters.append(letter)
        return self.result

    @contextmanager
    def connected(self) -> Iterator["Postbox"]:
        """The only registered channel within the block."""
        before = dict(registry._channels)
        registry._channels.clear()
        registry.register_channel(
            AlertChannel(
                self.key, "Postbox", lambda members: {one.pk: self.addresses for one in members}, self.send,
                "alerts:preferences", str,
            )
        )  # fmt: skip
        try:
            yield self
        finally:
            registry._channels.clear()
            registry._channels.update(before)


def make_device(user: User, endpoint: str = "https://push.example/abc", **fields: Any) -> PushDevice:
    """A browser with unusable keys."""
    values = {"p256dh": "BA", "auth": "AA", "name": "Chrome, Android", "sessions_version": user.sessions_version}
    return PushDevice.objects.create(user=user, endpoint=endpoint, **{**values, **fields})


def _device(workspace: Workspace) -> Mapping[str, Any]:
    """A device of the first member of the workspace."""
    membership = Membership.objects.filter(workspace=workspace).first()
    user = membership.user if membership is not None else make_member(workspace)
    return {"device_id": make_device(user, f"https://push.example/{user.pk}-{PushDevice.objects.count()}").pk}


def _acknowledge(workspace: Workspace) -> Mapping[str, Any]:
    return {"alert_id": make_alert(workspace, subject=f"phone {Alert.objects.count()}").pk}


ISOLATION = {"acknowledge": _acknowledge, "open": _acknowledge, "remove_device": _device}
