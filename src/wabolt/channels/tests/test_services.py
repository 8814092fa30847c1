"""Creating and changing channels, and storing their events."""

from dataclasses import asdict, replace
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels import queries, registry, rules, services
from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.registry.contract import Capabilities
from wabolt.channels.rules import Settings
from wabolt.channels.services import NewRawEvent
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider
from wabolt.lib import clock
from wabolt.lib.errors import DomainError


class RealProvider(ScriptedProvider):
    """A provider that reaches real people."""

    capabilities = Capabilities(max_messages_per_minute=20, max_daily_cap=1000)


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(registry.PROVIDERS, "real", f"{__name__}.RealProvider")
    monkeypatch.setattr(
        registry.providers, "_class_at", lambda path: RealProvider if path.endswith("RealProvider") else None
    )
    monkeypatch.setitem(registry.LABELS, "real", "Real")
    return "real"


settings = st.builds(
    Settings,
    messages_per_minute=st.integers(0, 100),
    jitter_percent=st.integers(0, 200),
    daily_cap=st.integers(0, 5000),
    warm_up=st.booleans(),
    quiet_from=st.times(),
    quiet_until=st.times(),
    cap_per_day=st.integers(0, 9),
    cap_per_week=st.integers(0, 20),
)


@given(settings)
def test_settings_in_bounds_keep_the_night_quiet(wanted: Settings) -> None:
    faults = rules.check_settings(wanted, max_per_minute=20, max_daily_cap=1000)
    assert len({fault.field for fault in faults}) == len(faults)
    if not faults:
        assert wanted.quiet_from <= rules.QUIET_LATEST_START
        assert wanted.quiet_until >= rules.QUIET_EARLIEST_END
        assert 1 <= wanted.messages_per_minute <= 20
        assert 1 <= wanted.cap_per_day <= rules.MAX_CAP_PER_DAY


def test_the_defaults_of_a_channel_are_in_bounds() -> None:
    assert rules.check_settings(services.settings_of(Channel()), max_per_minute=20, max_daily_cap=1000) == []


@pytest.mark.parametrize("state", Channel.State.values)
def test_every_state_has_a_health(state: str) -> None:
    health = rules.health(state, is_paused=False, is_used_up=False, poisoned=0)
    assert (health.tone == "good") == (state == "connected")


@pytest.mark.django_db
class TestCreate:
    def test_a_demo_shop_gets_no_real_number(self, real: str) -> None:
        demo = make_workspace(is_demo=True)
        with pytest.raises(DomainError) as refusal:
            services.create_channel(workspace=demo, provider=real, name="Toko")
        assert refusal.value.code == "demo_workspace"
        assert not Channel.objects.exists()

    def test_a_real_number_begins_unconnected_and_slow(self, real: str) -> None:
        channel = services.create_channel(workspace=make_workspace(), provider=real, name="Toko")
        assert (channel.state, channel.linked_at, channel.warm_up) == ("new", None, True)
        assert channel.messages_per_minute <= 20

    def test_an_unknown_provider_is_refused(self) -> None:
        with pytest.raises(DomainError) as refusal:
            services.create_channel(workspace=make_workspace(), provider="pigeon", name="Toko")
        assert refusal.value.code == "unknown_provider"


@pytest.mark.django_db
class TestSettings:
    def test_the_ceiling_of_the_provider_holds_also_without_the_form(self, real: str) -> None:
        channel = services.create_channel(workspace=make_workspace(), provider=real, name="Toko")
        with pytest.raises(DomainError) as refusal:
            services.update_channel_settings(channel=channel, messages_per_minute=21)
        assert (refusal.value.code, refusal.value.field) == ("out_of_bounds", "messages_per_minute")

    def test_warm_up_ends_only_on_an_old_number(self, real: str) -> None:
        channel = services.create_channel(workspace=make_workspace(), provider=real, name="Toko")
        services.set_state(channel=channel, state="connected")
        with pytest.raises(DomainError) as refusal:
            services.update_channel_settings(channel=channel, warm_up=False)
        assert refusal.value.code == "warm_up"
        channel.linked_at = clock.now() - services.WARM_UP
        channel.save()
        assert not services.update_channel_settings(channel=channel, warm_up=False).warm_up

    def test_unchanged_settings_write_nothing(self) -> None:
        channel = make_channel()
        before = asdict(services.settings_of(channel))
        services.update_channel_settings(channel=channel, name=channel.name, **before)
        assert services.settings_of(channel) == replace(services.settings_of(channel), **before)


@pytest.mark.django_db
class TestState:
    def test_first_connection_starts_the_warm_up_and_a_late_report_changes_nothing(self) -> None:
        channel = make_channel(state="new", linked_at=None)
        now = clock.now()
        assert services.set_state(channel=channel, state="connected", at=now)
        assert services.set_state(channel=channel, state="offline", at=now + timedelta(minutes=2))
        assert not services.set_state(channel=channel, state="connected", at=now + timedelta(minutes=1))
        channel.refresh_from_db()
        assert (channel.state, channel.linked_at) == ("offline", now)

    def test_unknown_state_raises_value_error(self) -> None:
        with pytest.raises(ValueError, match="no such channel state"):
            services.set_state(channel=make_channel(), state="tired")


@pytest.mark.django_db
class TestRawEvents:
    def test_repeated_event_is_stored_once_within_a_call_and_between_calls(self) -> None:
        channel = make_channel()
        now = clock.now()
        events = [NewRawEvent("x", {"n": n}, now, f"k{n % 3}") for n in range(6)]
        assert services.store_raw_events(channel=channel, events=events) == 3
        assert services.store_raw_events(channel=channel, events=events) == 0
        assert services.store_raw_events(channel=channel, events=[NewRawEvent("x", {}, now)] * 2) == 2
        assert services.store_raw_events(channel=channel, events=[]) == 0

    def test_the_same_key_on_another_channel_is_another_event(self) -> None:
        event = NewRawEvent("x", {}, clock.now(), "k")
        assert services.store_raw_events(channel=make_channel(), events=[event]) == 1
        assert services.store_raw_events(channel=make_channel(), events=[event]) == 1

    def test_counts_exclude_other_workspaces(self) -> None:
        channel = make_channel()
        services.store_raw_events(channel=channel, events=[NewRawEvent("x", {}, clock.now())])
        RawEvent.objects.update(attempts=5, error="bad")
        assert queries.event_counts(channel.workspace, [channel.pk])[channel.pk].poisoned == 1
        assert queries.event_counts(make_workspace(), [channel.pk])[channel.pk].poisoned == 0
        assert queries.troubled_events(make_workspace(), channel.pk) == []


@given(st.timedeltas(timedelta(0), timedelta(days=90)), st.sampled_from([1, 60, 600]))
def test_simulated_days_pass_at_their_own_speed(elapsed: timedelta, speed: int) -> None:
    days = rules.simulated_days(elapsed, speed, time(20), time(8))
    assert days == int(elapsed * speed / timedelta(hours=12))
    assert rules.simulated_days(elapsed + timedelta(hours=12) / speed, speed, time(20), time(8)) in {days, days + 1}


@pytest.mark.django_db
def test_only_a_real_number_has_quiet_hours() -> None:
    simulated = make_channel(options={"speed": 60, "seed": 1}, linked_at=clock.now() - timedelta(minutes=30))
    assert queries.days_linked(simulated, clock.now()) == 2
    hours = queries.quiet_hours(simulated)
    assert hours.quiet_from == hours.quiet_until
    real = make_channel(simulated.workspace, provider="linked", linked_at=clock.now() - timedelta(days=3))
    assert queries.days_linked(real, clock.now()) == 3
    assert queries.quiet_hours(real).quiet_from == time(20)
