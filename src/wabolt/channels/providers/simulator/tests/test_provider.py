"""The simulated world: deterministic, complete, atomic."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from wabolt.channels.models import Channel, RawEvent, SimulatedDelivery, SimulatedEvent, SimulatedReply
from wabolt.channels.providers.simulator import behaviour, phones, shopping
from wabolt.channels.providers.simulator.provider import SimulatorProvider
from wabolt.channels.registry.contract import Accepted, Ambiguous, Outgoing, Refused
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
TEXT = "Halo Kak Ayu, diskon 20% pakai kode GAYA-7K2P9 di https://toko.example/l/abc123. Balas STOP untuk berhenti."

shares = st.floats(0, 1)
rates = st.builds(behaviour.Rates, **dict.fromkeys(behaviour.Rates.__dataclass_fields__, shares))
profiles = st.builds(behaviour.Profile, seed=st.integers(0, 2**31), speed=st.floats(0.1, 10_000), rates=rates)
numbers = st.integers(0, 10**9).map(lambda n: f"+628{n:010}")


@given(profiles, numbers, st.text(max_size=20), st.text(max_size=200))
def test_plan_is_the_same_every_time_and_never_before_the_message(
    world: behaviour.Profile, phone: str, ref: str, text: str
) -> None:
    plan = behaviour.plan(world, phone, ref, text, NOON)
    assert plan == behaviour.plan(world, phone, ref, text, NOON)
    assert all(h.due_at >= NOON and datetime.fromisoformat(h.payload["at"]) >= NOON for h in plan)
    assert [h.due_at for h in plan] == sorted(h.due_at for h in plan)
    assert all(datetime.fromisoformat(h.payload["at"]) <= h.due_at for h in plan), "nobody tells of tomorrow"


def test_shuffled_receipts_arrive_in_reverse_order() -> None:
    odd = behaviour.Profile(rates=behaviour.Rates(read=1, shuffled=1))
    plan = behaviour.plan(odd, "+6281", "m1", TEXT, NOON)
    assert [h.kind for h in plan] == ["read", "delivered"]
    assert plan[1].payload["at"] < plan[0].payload["at"]


@given(profiles, numbers)
def test_a_phone_with_receipts_off_never_says_read(world: behaviour.Profile, phone: str) -> None:
    off = behaviour.Profile(world.seed, world.speed, behaviour.Rates(receipts_off=1, read=1, clicked=1, shuffled=1))
    kinds = {h.kind for h in behaviour.plan(off, phone, "m1", TEXT, NOON)}
    assert kinds == {"delivered", "click"}


@given(profiles, numbers)
def test_phone_that_blocked_the_shop_does_nothing(world: behaviour.Profile, phone: str) -> None:
    blocked = behaviour.Profile(world.seed, world.speed, behaviour.Rates(blocked=1, read=1, replied=1))
    assert behaviour.plan(blocked, phone, "m1", TEXT, NOON) == []


@given(profiles, numbers)
def test_phone_that_stops_does_nothing_else(world: behaviour.Profile, phone: str) -> None:
    stops = behaviour.Profile(
        world.seed, world.speed, behaviour.Rates(read=1, stopped=1, clicked=1, replied=1, bought=1)
    )
    done = behaviour.plan(stops, phone, "m1", TEXT, NOON)
    assert [h.payload["text"] for h in done if h.kind == "message"] == ["STOP"]
    assert {h.kind for h in done} == {"delivered", "read", "message"}


@given(
    st.dictionaries(
        st.text(max_size=12), st.one_of(st.none(), st.booleans(), st.floats(), st.text(), st.lists(st.text()))
    )
)
def test_invalid_options_never_raise(options: dict[str, object]) -> None:
    assert behaviour.profile_of(options).speed > 0
    assert behaviour.profile_of({"rates": options, "speed": -3}).speed == 1


def test_rates_are_kept_within_a_percent() -> None:
    world = behaviour.Profile(seed=7, rates=behaviour.TYPICAL)
    counted: Counter[str] = Counter()
    wrong = 0
    for n in range(20_000):
        phone = f"+62812{n:08}"
        if behaviour.verdict(world, phone, f"m{n}", NOON) == "wrong_number":
            wrong += 1
            continue
        counted.update({h.kind for h in behaviour.plan(world, phone, f"m{n}", TEXT, NOON)})
    assert abs(wrong / 20_000 - 0.015) < 0.01
    assert abs(counted["delivered"] / 20_000 - 0.985 * 0.99) < 0.01
    assert abs(counted["read"] / 20_000 - 0.985 * 0.99 * 0.82 * 0.78) < 0.01
    assert counted["order"] > 500
    assert counted["click"] > 2000


def test_carts_are_filled_and_left_and_some_are_ordered() -> None:
    world = behaviour.Profile(
        seed=7, rates=behaviour.Rates(read=1, clicked=1, carted=0.5, duplicated=0.1), shop_url="https://toko.example"
    )
    ends: Counter[str] = Counter()
    for n in range(2000):
        plan = behaviour.plan(world, f"+62812{n:08}", f"m{n}", TEXT, NOON)
        done = shopping.carts_after(world, plan)
        assert done == shopping.carts_after(world, plan)
        clicks = [h.due_at for h in plan if h.kind == "click"]
        assert all(h.due_at > clicks[0] for h in done)
        carts = sorted((h.payload["version"], h.payload) for h in done if h.kind == "cart")
        if carts:
            assert {h.payload["cart"] for h in done} == {f"SIM-m{n}"}
            has_order = any(h.kind == "order" for h in done)
            ends["ordered" if has_order else "left" if carts[-1][1]["lines"] else "emptied"] += 1
    assert 800 < sum(ends.values()) < 1200
    assert 0.05 < ends["emptied"] / sum(ends.values()) < 0.12
    assert 0.4 < ends["left"] / sum(ends.values()) < 0.56


def test_speed_compresses_time() -> None:
    slow = behaviour.plan(behaviour.Profile(1, 1), "+62811", "m1", TEXT, NOON)
    fast = behaviour.plan(behaviour.Profile(1, 60), "+62811", "m1", TEXT, NOON)
    assert [h.kind for h in slow] == [h.kind for h in fast]
    for a, b in zip(slow, fast, strict=True):
        assert abs((a.due_at - NOON) / 60 - (b.due_at - NOON)) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (TEXT, "GAYA-7K2P9"),
        ("Kode: GN20ABCD!", "GN20ABCD"),
        ("DISKON BESAR sampai 30 NOV", ""),
        ("lihat https://toko.example/A1B2C3D4", ""),
        ("hubungi 081234567890", ""),
        ("Koleksi FW2026 sudah datang, pakai kode 7KQ2P9AB ya", "7KQ2P9AB"),
        ("Voucher: *HEMATKAK*", "HEMATKAK"),
        ("kode promo GAYABARU sampai besok", "GAYABARU"),
        ("KODE ETIK kami", ""),
    ],
)
def test_voucher_in_finds_codes_and_no_words(text: str, code: str) -> None:
    assert behaviour.voucher_in(text) == code


@pytest.mark.django_db
class TestWorld:
    def test_send_delivers_and_plans_in_one_go(self) -> None:
        channel = make_channel(options={"seed": 1, "rates": {"read": 1, "wrong_number": 0}})
        with clock.hold(NOON):
            outcomes = SimulatorProvider(channel).send(
                [Outgoing(f"m{n}", "phone", f"+6281200000{n}", "halo") for n in range(5)]
            )
        assert outcomes == [Accepted(f"SIM-m{n}", NOON) for n in range(5)]
        assert SimulatedDelivery.objects.filter(channel=channel).count() == 5
        assert Counter(SimulatedEvent.objects.filter(channel=channel).values_list("kind", flat=True)) == {
            "delivered": 5,
            "read": 5,
        }

    def test_wrong_number_receives_nothing_and_ambiguous_send_is_delivered(self) -> None:
        channel = make_channel(options={"rates": {"wrong_number": 1}})
        assert isinstance(SimulatorProvider(channel).send([Outgoing("m1", "phone", "+62811", "a")])[0], Refused)
        assert not SimulatedDelivery.objects.filter(channel=channel).exists()
        channel.options = {"rates": {"ambiguous": 1}}
        assert isinstance(SimulatorProvider(channel).send([Outgoing("m2", "phone", "+62811", "a")])[0], Ambiguous)
        assert SimulatedDelivery.objects.get(channel=channel).ref == "m2"
        event = SimulatedEvent.objects.get(channel=channel)
        assert event.kind == "delivered"

    def test_nothing_is_collected_before_it_is_due(self) -> None:
        channel = make_channel(options={"rates": {"read": 1}})
        provider = SimulatorProvider(channel)
        with clock.hold(NOON) as now:
            provider.send([Outgoing("m1", "phone", "+62811", "halo")])
            assert provider.collect(10) == 0
            now.move(hours=13)
            assert provider.collect(10) == 2
            assert provider.collect(10) == 0
        kinds = RawEvent.objects.filter(channel=channel).order_by("id").values_list("kind", flat=True)
        assert list(kinds) == ["delivered", "read"]

    def test_a_duplicated_receipt_of_the_same_key_is_stored_once(self) -> None:
        channel = make_channel(options={"seed": 2, "rates": {"duplicated": 1}})
        provider = SimulatorProvider(channel)
        with clock.hold(NOON) as now:
            provider.send([Outgoing(f"m{n}", "phone", f"+628120{n}", "halo") for n in range(40)])
            now.move(days=1)
            provider.collect(1000)
        events = RawEvent.objects.filter(channel=channel)
        assert SimulatedEvent.objects.count() == 0
        assert 40 < events.count() < 80
        assert events.values("dedupe_key").distinct().count() == events.count()

    def test_events_of_another_channel_are_not_collected(self) -> None:
        one, two = make_channel(), make_channel()
        phones.write(channel=one, phone="+62811", text="halo")
        assert SimulatorProvider(two).collect(10) == 0
        assert phones.screen(two, "+62811") == []
        assert SimulatorProvider(one).collect(10) == 1

    def test_second_tick_appears_when_the_message_is_collected(self) -> None:
        channel = make_channel()
        phones.write(channel=channel, phone="+62811", text="halo")
        assert [line.state for line in phones.screen(channel, "+62811")] == ["sent"]
        SimulatorProvider(channel).collect(10)
        assert [line.state for line in phones.screen(channel, "+62811")] == ["delivered"]

    def test_open_chat_reads_once(self) -> None:
        channel = make_channel()
        SimulatorProvider(channel).send([Outgoing("m1", "phone", "+62811", "halo")])
        assert phones.open_chat(channel=channel, phone="+62811") == 1
        assert phones.open_chat(channel=channel, phone="+62811") == 0
        assert SimulatedEvent.objects.filter(channel=channel, kind="read").count() == 1

    def test_a_played_phone_does_nothing_by_itself_but_deliver(self) -> None:
        channel = make_channel(options={"rates": {"read": 1, "replied": 1, "stopped": 1, "wrong_number": 1}})
        phones.take(channel=channel, phone="+62811")
        outcome = SimulatorProvider(channel).send([Outgoing("m1", "phone", "+62811", TEXT)])[0]
        assert isinstance(outcome, Accepted)
        assert list(SimulatedEvent.objects.values_list("kind", flat=True)) == ["delivered"]

    def test_taking_a_phone_stops_what_it_had_planned(self) -> None:
        channel = make_channel(options={"rates": {"read": 1, "replied": 1}})
        SimulatorProvider(channel).send(
            [Outgoing("m1", "phone", "+62811", TEXT), Outgoing("m2", "phone", "+62812", TEXT)]
        )
        phones.take(channel=channel, phone="+62811")
        assert {e.payload["phone"] for e in SimulatedEvent.objects.all()} == {"+62812"}

    def test_only_a_link_or_a_voucher_of_the_chat_can_be_used(self) -> None:
        channel = make_channel()
        provider = SimulatorProvider(channel)
        provider.send([Outgoing("m1", "phone", "+62811", TEXT)])
        assert not phones.tap_link(channel=channel, phone="+62811", url="https://evil.example/")
        assert not phones.buy(channel=channel, phone="+62811", voucher="XX-99999")
        assert phones.tap_link(channel=channel, phone="+62811", url="https://toko.example/l/abc123")
        assert phones.buy(channel=channel, phone="+62811", voucher="GAYA-7K2P9")
        provider.collect(10)
        raws = RawEvent.objects.filter(channel=channel, kind__in=["click", "order"])
        assert {type(e).__name__ for raw in raws for e in provider.parse(raw)} == {"LinkClicked", "OrderPlaced"}

    def test_a_nul_in_a_text_does_no_harm(self) -> None:
        channel = make_channel()
        phones.write(channel=channel, phone="+62811", text="ha\x00lo")
        SimulatorProvider(channel).send([Outgoing("m1", "phone", "+62811", "ha\x00lo")])
        SimulatorProvider(channel).collect(10)
        assert SimulatedReply.objects.get().text == SimulatedDelivery.objects.get().text == "halo"

    def test_a_hundred_thousand_messages_take_seconds(self) -> None:
        channel = make_channel(options={"seed": 1})
        provider = SimulatorProvider(channel)
        start = process_time()
        provider.send([Outgoing(f"m{n}", "phone", f"+62812{n:08}", TEXT) for n in range(5_000)])
        assert process_time() - start < 2  # a twentieth of the size; processor time, because machines are busy


@pytest.mark.django_db(transaction=True)
def test_simulator_refuses_an_outer_transaction() -> None:
    channel: Channel = make_channel()
    with pytest.raises(RuntimeError), transaction.atomic():
        SimulatorProvider(channel).send([Outgoing("m1", "phone", "+62811", "halo")])
    with pytest.raises(RuntimeError), transaction.atomic():
        SimulatorProvider(channel).collect(10)
