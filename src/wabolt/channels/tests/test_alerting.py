"""Alerts about numbers that send nothing, and their strip on every page."""

from datetime import timedelta

import pytest
from django.utils import translation

from wabolt.accounts.tests.factories import make_member, make_workspace, sign_in
from wabolt.alerts.models import Alert
from wabolt.alerts.registry import kind_of
from wabolt.channels.models import Channel, CloudAccount, LinkedNumber
from wabolt.channels.services import archive_channel, open_pause_alert, resolve_pause_alert, set_state
from wabolt.channels.services.alerting import check_connections, check_numbers
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock

pytestmark = pytest.mark.django_db


def open_kinds() -> list[str]:
    return list(Alert.objects.filter(resolved_at=None).order_by("kind").values_list("kind", flat=True))


def advice_of(alert: Alert) -> str:
    kind = kind_of(alert.kind)
    assert kind
    with translation.override("en"):
        return kind.advice(alert.subject, alert.data)


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
def test_number_that_cannot_send_has_an_alert_until_it_can(
    state: str, detail: dict[str, object], is_told: bool
) -> None:
    channel = make_channel()
    set_state(channel=channel, state=state, detail=detail)
    set_state(channel=channel, state=state, detail=detail)
    assert open_kinds() == (["channel.stopped"] if is_told else [])
    set_state(channel=channel, state=Channel.State.CONNECTED)
    assert open_kinds() == []


@pytest.mark.parametrize("why", ["network", "restarting", ""])
def test_number_that_stays_offline_has_an_alert_until_it_connects(why: str) -> None:
    """The alert opens even if no message waits, because nothing arrives either."""
    channel = make_channel(provider="linked", state=Channel.State.CONNECTED)
    with clock.hold(clock.now()) as held:
        set_state(channel=channel, state=Channel.State.OFFLINE, detail={"why": why})
        for minutes, is_told in ((0, False), (20, False), (9, False), (1, True), (60, True)):
            held.move(minutes=minutes)
            set_state(channel=channel, state=Channel.State.OFFLINE, detail={"why": "restarting"})  # one more attempt
            check_connections()
            assert open_kinds() == (["channel.stopped"] if is_told else []), minutes
        assert "internet connection" in advice_of(Alert.objects.get())
        set_state(channel=channel, state=Channel.State.CONNECTED)
        check_connections()
        assert open_kinds() == []


def test_number_that_was_off_overnight_gets_time_to_connect() -> None:
    """The shop switches its router off in the evening, and the laptop a minute later."""
    channel = make_channel(provider="linked", state=Channel.State.CONNECTED)
    with clock.hold(clock.now()) as held:
        set_state(channel=channel, state=Channel.State.OFFLINE, detail={"why": "network"})
        for hours, minutes, is_told in ((10, 0, False), (0, 9, False), (0, 2, True)):
            held.move(hours=hours, minutes=minutes)
            check_connections()
            assert open_kinds() == (["channel.stopped"] if is_told else [])


def test_pause_has_an_alert_until_it_ends() -> None:
    channel = make_channel()
    open_pause_alert(channel, "stok habis", None)
    assert open_kinds() == ["channel.paused"]
    resolve_pause_alert(channel)
    assert open_kinds() == []


def test_archived_number_has_no_alerts() -> None:
    channel = make_channel()
    set_state(channel=channel, state=Channel.State.LOGGED_OUT)
    open_pause_alert(channel, "stok habis", None)
    archive_channel(channel=channel)
    set_state(channel=Channel.objects.get(), state=Channel.State.LOGGED_OUT)
    assert open_kinds() == []


def test_the_strip_is_on_every_page(client) -> None:
    workspace = make_workspace()
    channel = make_channel(workspace, name="Toko Bandung")
    set_state(channel=channel, state=Channel.State.LOGGED_OUT)
    sign_in(client, make_member(workspace, "agent"))
    for page in ("/contacts/", "/inbox/"):
        assert "Toko Bandung terputus" in client.get(page, follow=True).content.decode()


def test_phone_that_is_silent_for_a_day_has_an_alert_until_it_answers() -> None:
    channel = make_channel(provider="linked", state=Channel.State.CONNECTED)
    number, _created = LinkedNumber.objects.update_or_create(channel=channel)
    for hours, is_told in ((2, False), (25, True)):
        LinkedNumber.objects.update(phone_off_since=clock.now() - timedelta(hours=hours))
        check_numbers()
        assert open_kinds() == (["channel.phone_silent"] if is_told else [])
    LinkedNumber.objects.filter(pk=number.pk).update(phone_off_since=None)
    check_numbers()
    assert open_kinds() == []


def test_low_rating_has_an_alert_until_it_improves() -> None:
    channel = make_channel(provider="cloud")
    CloudAccount.objects.update_or_create(channel=channel, defaults={"quality": "red"})
    check_numbers()
    assert open_kinds() == ["channel.quality"]
    CloudAccount.objects.update(quality="green")
    check_numbers()
    assert open_kinds() == []


def test_pause_by_the_vendor_is_a_warning_and_ends_with_the_pause() -> None:
    channel = make_channel()
    open_pause_alert(channel, "WhatsApp limits messages", None, is_warning=True)
    assert open_kinds() == ["channel.warned"]
    resolve_pause_alert(channel)
    assert open_kinds() == []
