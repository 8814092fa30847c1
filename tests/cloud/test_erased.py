"""Meta reports receipts, with the person's number, after the erasure of that person."""

import json
from base64 import b64encode

import pytest

from tests.cloud.conftest import make_cloud, post
from tests.graph import webhooks
from wabolt.channels.models import Channel, RawEvent
from wabolt.contacts import services as contacts
from wabolt.contacts.models import Contact, Identity
from wabolt.contacts.tests.factories import make_contact
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.models import Message, Receipt

pytestmark = pytest.mark.django_db
NUMBER, OTHER = "+6281234509876", "+6281299998888"


@pytest.fixture
def channel() -> Channel:
    return make_cloud()


def wamid(number: str, part: int = 1) -> str:
    """Returns a message id as Meta makes it, with the number inside."""
    return "wamid." + b64encode(f"\x1c\x15{number[1:]}\x11{part}".encode()).decode()


def sent(channel: Channel, number: str, provider_id: str | None, state: str = "sent") -> Message:
    return Message.objects.create(
        workspace=channel.workspace, channel=channel, contact=make_contact(channel.workspace, "Ayu", number),
        direction="outbound", state=state, purpose="service", origin_kind="member", idempotency_key=number,
        provider_id=provider_id, text="Halo",
    )  # fmt: skip


def report(channel: Channel, message: Message, number: str, kind: str, provider_id: str = "") -> None:
    status = webhooks.status(provider_id or wamid(number), kind, ref=str(message.pk))
    assert post(channel, webhooks.statuses({**status, "recipient_id": number[1:]})).status_code == 200
    process_raw_events(channel)


def traces(number: str) -> list[str]:
    rows = [
        *RawEvent.objects.values_list("payload", flat=True),
        *Receipt.objects.values_list("provider_id", "detail"),
        *Message.objects.values_list("provider_id", "text"),
        *Identity.objects.values_list("value", flat=True),
    ]
    texts = [json.dumps(row) for row in rows]
    return [text for text in texts if number[1:] in text or wamid(number) in text]


@pytest.mark.parametrize("known", [True, False], ids=["after its id was known", "found by our reference"])
@pytest.mark.parametrize("kind", ["delivered", "read", "failed"])
def test_a_late_receipt_leaves_nothing_of_an_erased_person(channel: Channel, kind: str, *, known: bool) -> None:
    message = sent(channel, NUMBER, wamid(NUMBER) if known else None, "sent" if known else "unknown")
    bystander = sent(channel, OTHER, wamid(OTHER))
    contacts.erase_contacts(workspace=channel.workspace, ids=[message.contact_id])
    count = Contact.objects.count()
    report(channel, message, NUMBER, kind)
    report(channel, bystander, OTHER, "delivered")
    assert traces(NUMBER) == []
    assert Contact.objects.count() == count
    bystander.refresh_from_db()
    assert (bystander.state, bystander.provider_id) == ("delivered", wamid(OTHER))
    assert traces(OTHER), "other people's receipts stay"
    assert not RawEvent.objects.filter(processed_at=None).exists()


def test_receipts_of_a_shop_without_erasures_are_left_alone(channel: Channel) -> None:
    message = sent(channel, OTHER, wamid(OTHER))
    report(channel, message, OTHER, "delivered")
    assert traces(OTHER)
