"""The whole way over simulated phones: out, receipts, clicks, answers, STOP, and out again."""

from collections import Counter
from datetime import UTC, datetime

from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels import registry
from wabolt.channels.models import RawEvent, SimulatedDelivery
from wabolt.channels.providers.simulator import phones
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.models import Cart, Order
from wabolt.commerce.services import IdleCarts, abandon_idle_carts
from wabolt.consent.models import Consent
from wabolt.consent.queries import consent_of
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.queries import phone_of
from wabolt.lib import clock
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.inbound.models import Receipt
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.outbox.models import Click
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.factories import make_people, queue_promotion

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
AYU = "+6281200000001"

UNRULY = {
    "wrong_number": 0.1,
    "receipts_off": 0.2,
    "offline": 0.1,
    "read": 0.9,
    "clicked": 0.6,
    "replied": 0.2,
    "stopped": 0.15,
    "duplicated": 0.4,
    "shuffled": 0.4,
    "ambiguous": 0.1,
    "busy": 0.2,
}


def pass_hours(channel, held, hours):
    for hour in range(hours + 1):
        held.move(hours=min(hour, 1))
        while work_lane_once(channel):
            pass


def test_promises_hold_with_faulty_phones(db, held):
    channel = make_channel(make_workspace(), options={"seed": 7, "speed": 1, "rates": UNRULY})
    people = make_people(channel.workspace, 60)
    queue_promotion(channel, people, "Halo {{ contact.name }}, lihat https://gaya.example/baru", origin_id=1)
    pass_hours(channel, held, 16)

    states = Counter(Message.objects.filter(origin_id=1, origin_kind="broadcast").values_list("state", flat=True))
    assert states.total() == 60
    assert {"read", "delivered", "failed"} <= states.keys() <= {"read", "delivered", "failed", "sent", "unknown"}
    assert not states["unknown"], "a late receipt settled what the line left in doubt"
    refs = Counter(SimulatedDelivery.objects.values_list("ref", flat=True))
    assert max(refs.values()) == 1
    assert Receipt.objects.filter(message=None).count() == 0
    read = Message.objects.filter(state="read")
    assert all(message.delivered_at <= message.read_at for message in read)
    assert Event.objects.filter(kind="message_read").count() == read.count()
    assert Click.objects.filter(is_bot=False).count() == Event.objects.filter(kind="link_clicked").count() > 0

    stopped = set(Consent.objects.filter(state="withdrawn").values_list("contact_id", flat=True))
    assert stopped
    confirmed = Message.objects.filter(origin_kind="stop_word").values_list("contact_id", flat=True)
    assert Counter(confirmed) == dict.fromkeys(stopped, 1)

    held.move(hours=10)
    queue_promotion(channel, people, origin_id=2)
    pass_hours(channel, held, 6)
    second = Message.objects.filter(origin_kind="broadcast", origin_id=2)
    spared = set(second.filter(reason="opted_out").values_list("contact_id", flat=True))
    # A phone that was switched off may say STOP to the first one meanwhile.
    assert stopped <= spared <= set(Consent.objects.filter(state="withdrawn").values_list("contact_id", flat=True))
    assert not second.filter(contact__in=stopped).exclude(state="suppressed").exists()


def test_the_simulator_s_events_are_understood_end_to_end(db: None) -> None:
    channel = make_channel()
    workspace = channel.workspace
    phones.write(channel=channel, phone=AYU, text="Warna lain ada?", name="Ayu")
    registry.get_provider(channel).collect(10)
    assert process_raw_events(channel).processed == 1
    assert Contact.objects.get(workspace=workspace).name == "Ayu"
    assert Message.objects.get().text == "Warna lain ada?"


def test_simulated_customers_fill_and_leave_carts(db: None) -> None:
    """Links lead to carts; each ends in one of the states, once, and some customers order after they were away."""
    idle = IdleCarts()
    with clock.hold(NOON) as now:
        rates = {"read": 1, "clicked": 1, "carted": 1, "duplicated": 0.3}
        channel = make_channel(options={"seed": 4, "rates": rates, "shop_url": "https://toko.example"})
        create_defaults(workspace=channel.workspace)
        queue_promotion(channel, make_people(channel.workspace, 40), "Lihat https://toko.example/batik")
        while work_lane_once(channel):
            now.move(seconds=5)
        for _ in range(45):
            now.move(hours=2)
            registry.get_provider(channel).collect(1000)
            while process_raw_events(channel).processed:
                pass
            abandon_idle_carts(idle)
    assert not RawEvent.objects.exclude(error="").exists()
    states = Counter(Cart.objects.values_list("state", flat=True))
    assert states.total() == 40
    assert states.keys() <= {"abandoned", "emptied", "ordered", "recovered"}
    assert all(states[name] for name in ("abandoned", "ordered", "recovered"))
    # Each customer's chances depend on the id of the message: in one of thirty runs none empties a cart.
    assert states["emptied"] == RawEvent.objects.filter(payload__lines=[]).values("payload__cart").distinct().count()
    assert Order.objects.count() == states["ordered"] + states["recovered"]
    assert Cart.objects.filter(url__startswith="https://toko.example/keranjang/", source="simulator").count() == 40
    assert Event.objects.filter(kind="cart_abandoned").count() >= states["abandoned"] + states["recovered"]


def test_the_whole_way_over_simulated_phones(db: None) -> None:
    """A promotion is sent; all read it, click, and buy with the code; one phone is operated by hand and writes STOP."""
    with clock.hold(NOON) as now:
        channel = make_channel(options={"seed": 4, "rates": {"read": 1, "clicked": 1, "bought": 1, "duplicated": 0.5}})
        create_defaults(workspace=channel.workspace)
        people = make_people(channel.workspace, 5)
        played = phone_of(people[0])
        assert played is not None
        phones.take(channel=channel, phone=played)
        queue_promotion(channel, people, "Halo {{ contact.name }}, kode 7KQ2P9AB di https://toko.example/batik")
        assert work_lane_once(channel) == 5
        phones.open_chat(channel=channel, phone=played)
        phones.write(channel=channel, phone=played, text="STOP")
        for _ in range(3):
            now.move(hours=10)
            registry.get_provider(channel).collect(1000)
            while process_raw_events(channel).processed:
                pass
    assert set(Message.objects.filter(origin_kind="broadcast").values_list("state", flat=True)) == {"read"}
    assert Click.objects.count() == 4
    assert Order.objects.filter(voucher_code="7KQ2P9AB").count() == 4
    assert consent_of(channel.workspace, people[0].pk).state == "withdrawn"
    assert Message.objects.filter(origin_kind="stop_word").count() == 1
    assert not RawEvent.objects.filter(processed_at=None).exists()
