"""Pages of numbers: permissions, refused input, displayed data."""

from collections.abc import Iterator
from datetime import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from wabolt.accounts.models import AuditEntry, User, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels import registry, services
from wabolt.channels.models import Channel, LinkedNumber, RawEvent
from wabolt.channels.registry.ports import LaneState
from wabolt.channels.services import NewRawEvent
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock

pytestmark = pytest.mark.django_db

URLS = ("settings", "pause", "resume", "retry", "archive")


class FakeLanes:
    """Lanes for tests of this room."""

    def __init__(self) -> None:
        self.held: dict[int, str] = {}

    def states(self, workspace: Workspace, channels: list[Channel]) -> dict[int, LaneState]:
        return {
            c.pk: LaneState(
                sent_today=1234,
                allowed_today=2000,
                waiting=56,
                paused_at=clock.now() if c.pk in self.held else None,
                paused_reason=self.held.get(c.pk, ""),
            )
            for c in channels
        }

    def pause(self, channel: Channel, reason: str, actor: User | None) -> None:
        self.held[channel.pk] = reason

    def resume(self, channel: Channel, actor: User | None) -> None:
        self.held.pop(channel.pk, None)


@pytest.fixture
def lanes() -> Iterator[FakeLanes]:
    before, fake = registry.lanes(), FakeLanes()
    registry.register_lanes(fake)  # type: ignore[arg-type]
    yield fake
    registry.ports._ports.lanes = before


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def url(name: str, *args: object) -> str:
    return reverse(f"channels:{name}", args=args)


def form_of(channel: Channel, **changes: object) -> dict[str, object]:
    """Returns the data of an unchanged settings form."""
    data: dict[str, object] = {
        "name": channel.name,
        "messages_per_minute": 8,
        "jitter_percent": 40,
        "daily_cap": 200,
        "warm_up": "on",
        "quiet_from": "20:00",
        "quiet_until": "08:00",
        "cap_per_day": 1,
        "cap_per_week": 3,
        "stop_answer": "",
        "start_answer": "",
        **changes,
    }
    return {k: v for k, v in data.items() if v is not None}


def test_an_empty_list_says_what_to_do(workspace: Workspace) -> None:
    page = signed_in(workspace).get(url("list"))
    assert page.status_code == 200
    assert url("new") in page.content.decode()


def test_a_card_shows_state_use_pace_and_rest(workspace: Workspace, lanes: FakeLanes) -> None:
    channel = make_channel(workspace, name="Toko <Bandung>", messages_per_minute=12)
    lanes.held[channel.pk] = "stok habis <b>"
    page = signed_in(workspace).get(url("list")).content.decode()
    assert "Toko &lt;Bandung&gt;" in page
    assert "stok habis &lt;b&gt;" in page
    for shown in ("1.234", "2.000", "56", "12", "20.00–08.00", "+62 811-0000-0001"):
        assert shown in page


@pytest.mark.parametrize("provider", ["simulator", "linked"])
@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_statements_for_any_number(
    workspace: Workspace, lanes: FakeLanes, count: int, provider: str
) -> None:
    for _ in range(count):
        LinkedNumber.objects.create(channel=make_channel(workspace, provider=provider))
    client = signed_in(workspace)
    with CaptureQueriesContext(connection) as captured:
        client.get(url("list"))
    own = [q["sql"] for q in captured if "channels_" in q["sql"]]
    assert len(own) == 3  # membership, state and menu of templates


@pytest.mark.parametrize(
    ("role", "page", "status"),
    [
        ("viewer", "list", 200),
        ("viewer", "settings", 403),
        ("agent", "settings", 403),
        ("agent", "pause", 403),
        ("manager", "settings", 200),
        ("manager", "pause", 200),
        ("manager", "archive", 403),
        ("manager", "new", 403),
        ("owner", "archive", 200),
        ("owner", "new", 200),
        ("viewer", "phones", 403),
        ("agent", "phones", 200),
    ],
)
def test_roles(workspace: Workspace, lanes: FakeLanes, role: str, page: str, status: int) -> None:
    channel = make_channel(workspace)
    args = () if page in {"list", "new", "phones"} else (channel.pk,)
    assert signed_in(workspace, role).get(url(page, *args)).status_code == status


@pytest.mark.parametrize("page", URLS)
def test_another_workspace_s_number_is_not_found(workspace: Workspace, lanes: FakeLanes, page: str) -> None:
    foreign = make_channel()
    client = signed_in(workspace)
    assert client.post(url(page, foreign.pk), form_of(foreign, reason="x")).status_code == 404
    foreign.refresh_from_db()
    assert foreign.archived_at is None
    assert lanes.held == {}


def test_a_visitor_is_sent_to_the_login(workspace: Workspace) -> None:
    assert Client().get(url("list")).status_code == 302


def test_there_are_three_ways_to_add_a_number(workspace: Workspace) -> None:
    page = signed_in(workspace).get(url("new")).content.decode()
    for name in ("linked_new", "cloud_new", "simulated_new"):
        assert url(name) in page
    page = signed_in(make_workspace(is_demo=True)).get(url("new")).content.decode()
    assert url("simulated_new") in page
    assert url("linked_new") not in page


def test_adding_a_simulated_number(workspace: Workspace) -> None:
    client = signed_in(workspace)
    answer = client.post(url("simulated_new"), {"name": " Toko Bandung ", "speed": "60"})
    assert answer.status_code == 302
    channel = Channel.objects.get(workspace=workspace)
    assert (channel.provider, channel.name, channel.state) == ("simulator", "Toko Bandung", "connected")
    assert channel.options["speed"] == 60
    entry = AuditEntry.objects.get(action="channel.create")
    assert (entry.workspace, entry.target_id) == (workspace, channel.pk)
    assert "Simulasi" in client.get(url("list")).content.decode()


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": "   "}, {"speed": "9999"}])
def test_invalid_number_is_refused_in_its_form(workspace: Workspace, wrong: dict[str, str]) -> None:
    data = {"name": "Toko", "speed": "60", **wrong}
    answer = signed_in(workspace).post(url("simulated_new"), data)
    assert answer.status_code == 422
    assert not Channel.objects.exists()


def test_settings_can_be_lowered_and_are_audited(workspace: Workspace) -> None:
    channel = make_channel(workspace, messages_per_minute=8, daily_cap=200, warm_up=True)
    client = signed_in(workspace, "manager")
    answer = client.post(url("settings", channel.pk), form_of(channel, messages_per_minute=1, daily_cap=5))
    assert answer.status_code == 302
    channel.refresh_from_db()
    assert (channel.messages_per_minute, channel.daily_cap, channel.quiet_from) == (1, 5, time(20, 0))
    entry = AuditEntry.objects.get(action="channel.settings")
    assert entry.data == {"messages_per_minute": ["8", "1"], "daily_cap": ["200", "5"]}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("messages_per_minute", 0),
        ("messages_per_minute", 1_000_001),
        ("messages_per_minute", "banyak"),
        ("jitter_percent", 0),
        ("jitter_percent", 100),
        ("daily_cap", 0),
        ("daily_cap", 10**9),
        ("quiet_from", "22:30"),
        ("quiet_from", "12:00"),
        ("quiet_from", ""),
        ("quiet_until", "05:00"),
        ("quiet_until", "14:00"),
        ("cap_per_day", 4),
        ("cap_per_day", 0),
        ("cap_per_week", 8),
        ("start_answer", "Selamat datang!"),
        ("name", ""),
    ],
)
def test_settings_out_of_bounds_are_refused_at_their_field(workspace: Workspace, field: str, value: object) -> None:
    channel = make_channel(workspace, messages_per_minute=8, daily_cap=200, warm_up=True)
    answer = signed_in(workspace).post(url("settings", channel.pk), form_of(channel, **{field: value}))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    channel.refresh_from_db()
    assert (channel.messages_per_minute, channel.daily_cap, channel.name) == (8, 200, "Toko")
    assert not AuditEntry.objects.exists()


def test_saving_own_answers_keeps_the_other_options(workspace: Workspace) -> None:
    channel = make_channel(workspace)
    client = signed_in(workspace)
    client.post(
        url("settings", channel.pk), form_of(channel, stop_answer=" Oke Kak. ", start_answer="Hai! STOP = stop")
    )
    channel.refresh_from_db()
    assert channel.options["answers"] == {"stop_word": "Oke Kak.", "start_word": "Hai! STOP = stop"}
    assert channel.options["seed"] == 1
    assert "Oke Kak." in client.get(url("settings", channel.pk)).content.decode()


def test_pause_needs_a_reason_and_resume_ends_it(workspace: Workspace, lanes: FakeLanes) -> None:
    channel = make_channel(workspace)
    client = signed_in(workspace, "manager")
    assert client.post(url("pause", channel.pk), {"reason": ""}).status_code == 422
    assert lanes.held == {}
    client.post(url("pause", channel.pk), {"reason": "libur"})
    assert lanes.held == {channel.pk: "libur"}
    assert client.get(url("resume", channel.pk)).status_code == 405
    client.post(url("resume", channel.pk))
    assert lanes.held == {}


def test_archived_number_is_on_no_page(workspace: Workspace) -> None:
    channel = make_channel(workspace)
    client = signed_in(workspace)
    assert client.post(url("archive", channel.pk)).status_code == 302
    assert client.get(url("settings", channel.pk)).status_code == 404
    assert "Toko" not in client.get(url("list")).context["cards"].__repr__()
    assert AuditEntry.objects.filter(action="channel.archive").count() == 1


def test_failed_events_are_shown_escaped_and_can_be_retried(workspace: Workspace) -> None:
    channel = make_channel(workspace)
    now = clock.now()
    services.store_raw_events(channel=channel, events=[NewRawEvent("odd", {"a": 1}, now)])
    RawEvent.objects.update(attempts=5, error="ValueError: <script>alert(1)</script>")
    client = signed_in(workspace)
    page = client.get(url("settings", channel.pk)).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    client.post(url("retry", channel.pk))
    assert RawEvent.objects.get().attempts == 0
