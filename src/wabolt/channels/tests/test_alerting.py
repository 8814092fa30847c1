"""A strip on every page while a number sends nothing."""

import pytest

from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.alerts.models import Alert
from wabolt.channels.models import Channel
from wabolt.channels.services import archive_channel, set_state, tell_pause, tell_resumed
from wabolt.channels.tests.factories import make_channel

pytestmark = pytest.mark.django_db


def open_kinds() -> list[str]:
    return list(Alert.objects.filter(resolved_at=None).order_by("kind").values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("state", "detail", "is_told"),
    [
        ("logged_out", {}, True),
        ("banned", {"why": "locked"}, True),
        ("offline", {"why": "refused", "code": 409}, True),
        ("offline", {"why": "outdated"}, True),
        ("offline", {"why": "network"}, False),
        ("offline", {"why": "restarting"}, False),
    ],
)
def test_a_number_that_cannot_send_is_told_until_it_can(state: str, detail: dict[str, object], is_told: bool) -> None:
    channel = make_channel()
    set_state(channel=channel, state=state, detail=detail)
    set_state(channel=channel, state=state, detail=detail)
    assert open_kinds() == (["channel.stopped"] if is_told else [])
    set_state(channel=channel, state=Channel.State.CONNECTED)
    assert open_kinds() == []


def test_a_pause_is_told_until_it_is_over() -> None:
    channel = make_channel()
    tell_pause(channel, "stok habis", None)
    assert open_kinds() == ["channel.paused"]
    tell_resumed(channel)
    assert open_kinds() == []


def test_a_number_out_of_use_is_told_no_more() -> None:
    channel = make_channel()
    set_state(channel=channel, state=Channel.State.LOGGED_OUT)
    tell_pause(channel, "stok habis", None)
    archive_channel(channel=channel)
    set_state(channel=Channel.objects.get(), state=Channel.State.LOGGED_OUT)
    assert open_kinds() == []


def test_the_strip_is_on_every_page(client) -> None:
    workspace = make_workspace()
    channel = make_channel(workspace, name="Toko Bandung")
    set_state(channel=channel, state=Channel.State.LOGGED_OUT)
    client.force_login(make_member(workspace, "agent"))
    for page in ("/contacts/", "/inbox/"):
        assert "Toko Bandung terputus" in client.get(page, follow=True).content.decode()
