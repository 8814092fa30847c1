"""A small random shop: people as plain dicts, and the same people in the database."""

import datetime as dt
import random
from typing import Any as Anything

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.commerce.models import Cart, Order, OrderLine, Product, PurchaseFacts
from wabolt.consent.models import Consent, ConsentEvent
from wabolt.contacts.models import Contact, ContactTag, Field, Identity, Tag
from wabolt.lib.birthdays import without_year
from wabolt.messaging.models import Click, Message, MessageContent, TrackedLink

from .evaluator import Person

NOW = dt.datetime(2027, 2, 27, 18, 30, tzinfo=dt.UTC)  # already the 28th in Jakarta
WORDS = ("Bandung", "bandung", "Jakarta", "DKI Jakarta", "ban", "batik", "a", "VIP", "BTK-01", "id", "kasir", "50%_'x")
BROADCASTS = {"lebaran": [1, 4], "harbolnas": [2]}
PRODUCTS = (
    {"sku": "BTK-01", "name": "Kemeja Batik", "category": "batik"},
    {"sku": "BTK-02", "name": "a", "category": "batik"},
    {"sku": "SPT-01", "name": "Bandung", "category": "sepatu"},
    {"sku": "XXX-01", "name": "Tanpa kategori", "category": ""},
)


class _Dice:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one(self, *choices: Anything) -> Anything:
        return self.random.choice(choices)

    def some(self, choices: tuple[Anything, ...]) -> list[Anything]:
        return self.random.sample(choices, self.random.randint(0, len(choices)))

    def moment(self) -> dt.datetime:
        """Around now, often at the very edge of a local day."""
        day = dt.timedelta(days=self.one(0, 0, 1, 2, 7, 8, 30, 400, -1))
        edge = NOW.replace(hour=17, minute=0) - day
        return edge + self.one(
            dt.timedelta(0), -dt.timedelta(microseconds=1), dt.timedelta(minutes=self.random.randint(0, 1400))
        )

    def birth(self) -> dt.date | None:
        month, day = self.one((2, 28), (2, 29), (3, 1), (3, 7), (12, 31), (1, 1), (2, 27), (5, 5))
        year = self.one(2000, 2004, 2008, 2024) if (month, day) == (2, 29) else self.random.randint(1990, 2028)
        born = dt.date(year, month, day)
        return self.one(born, born, without_year(born), None)


def people(seed: int, size: int) -> list[Person]:
    """Random people; the same seed gives the same ones."""
    dice = _Dice(seed)
    return [_person(dice, number) for number in range(size)]


def _person(dice: _Dice, number: int) -> Person:
    fields = {
        "size": dice.one("S", "M", "XL", None),
        "hobby": dice.one("Bandung", "batik", "ban", "", None, "50%_'x"),
        "points": dice.one(0, 5, 2.5, -3, None),
        "renewal": dice.one("2027-02-28", "2027-02-21", "2027-03-07", "2020-01-01", None),
        "member": dice.one(True, False, None),
    }
    return {
        "name": dice.one("", "Bandung Wijaya", "ban", "a", "Siti ’Ayu”"),
        "city": dice.one("", "Bandung", "bandung", "Jakarta", "DKI Jakarta"),
        "gender": dice.one("", "female", "male"),
        "source": dice.one("", "kasir", "VIP"),
        "language": dice.one("", "id", "en"),
        "email": dice.one("", "a@example.com"),
        "birth": dice.birth(),
        "created": dice.moment(),
        "last reply": dice.one(None, dice.moment()),
        "tags": dice.some(("VIP", "reseller", "Batik")),
        "phones": dice.some((f"+62812000{number:04}",)),
        "fields": {key: value for key, value in fields.items() if value is not None or dice.one(True, False)},
        "consent": {
            purpose: state for purpose in ("marketing", "service") if (state := dice.one("granted", "withdrawn", None))
        },
        "orders": [
            {
                "at": dice.moment(),
                "total": dice.one(50_000, 150_000),
                "state": dice.one("completed", "completed", "cancelled"),
                "products": dice.some(PRODUCTS),
            }
            for _ in range(dice.one(0, 0, 1, 2, 3))
        ],
        "carts": [_cart(dice) for _ in range(dice.one(0, 0, 1, 2))],
        "messages": [_message(dice, broadcast) for broadcast in dice.some((1, 2, 3, 4))],
    }


def _cart(dice: _Dice) -> Person:
    state = dice.one("open", "abandoned", "abandoned", "ordered", "emptied")
    left = state == "abandoned" or dice.one(True, False)
    return {
        "state": state,
        "total": dice.one(50_000, 150_000),
        "changed": dice.moment(),
        "left": dice.one(dice.moment(), NOW - dt.timedelta(hours=dice.one(0, 1, 2, 3, 5, 24))) if left else None,
    }


def _message(dice: _Dice, broadcast: int) -> Person:
    state = dice.one("queued", "sent", "delivered", "read", "failed")
    return {
        "broadcast": broadcast,
        "state": state,
        "sent_at": dice.moment(),
        "delivered_at": dice.moment() if state == "delivered" or dice.one(True, False) else None,
        "read_at": dice.moment() if state == "read" else None,
        "clicks": [{"at": dice.moment(), "is_bot": dice.one(True, False)} for _ in range(dice.one(0, 0, 1, 2))],
        "replies": [dice.moment() for _ in range(dice.one(0, 0, 1, 2))],
    }


def store(workspace: Workspace, population: list[Person]) -> list[int]:
    """Writes the people into a workspace; returns their ids in the same order."""
    kinds = {"size": "choice", "hobby": "text", "points": "number", "renewal": "date", "member": "yes_no"}
    Field.objects.bulk_create(
        Field(
            workspace=workspace,
            key=key,
            label=key.title(),
            kind=kind,
            choices=["S", "M", "XL"] if key == "size" else [],
        )
        for key, kind in kinds.items()
    )
    contacts = Contact.objects.bulk_create(_contact(workspace, person) for person in population)
    names = ("VIP", "reseller", "Batik")
    tags = {tag.name: tag for tag in Tag.objects.bulk_create(Tag(workspace=workspace, name=name) for name in names)}
    each = list(zip(contacts, population, strict=True))
    ContactTag.objects.bulk_create(
        ContactTag(tag=tags[name], contact=contact) for contact, person in each for name in person["tags"]
    )
    Identity.objects.bulk_create(
        Identity(workspace=workspace, contact=contact, kind="phone", value=phone)
        for contact, person in each
        for phone in person["phones"]
    )
    _store_consent(workspace, contacts, population)
    _store_orders(workspace, contacts, population)
    _store_carts(workspace, contacts, population)
    _store_messages(workspace, contacts, population)
    return [contact.pk for contact in contacts]


def _contact(workspace: Workspace, person: Person) -> Contact:
    plain = {key: person[key] for key in ("name", "city", "gender", "source", "language", "email", "fields")}
    return Contact(
        workspace=workspace,
        birth_date=person["birth"],
        created_at=person["created"],
        last_inbound_at=person["last reply"],
        **plain,
    )


def _store_consent(workspace: Workspace, contacts: list[Contact], population: list[Person]) -> None:
    rows = [
        (contact, purpose, state)
        for contact, person in zip(contacts, population, strict=True)
        for purpose, state in person["consent"].items()
    ]
    events = ConsentEvent.objects.bulk_create(
        ConsentEvent(
            workspace=workspace, seq=seq, contact=contact, purpose=purpose, action=state, source="test", at=NOW
        )
        for seq, (contact, purpose, state) in enumerate(rows, start=1)
    )
    Consent.objects.bulk_create(
        Consent(
            workspace=workspace, contact=contact, purpose=purpose, state=state, since=NOW, source="test", event=event
        )
        for (contact, purpose, state), event in zip(rows, events, strict=True)
    )


def _store_orders(workspace: Workspace, contacts: list[Contact], population: list[Person]) -> None:
    stored = Product.objects.bulk_create(Product(workspace=workspace, **product) for product in PRODUCTS)
    products = {product.sku: product for product in stored}
    placed = [
        (contact, number, order)
        for contact, person in zip(contacts, population, strict=True)
        for number, order in enumerate(person["orders"])
    ]
    orders = Order.objects.bulk_create(
        Order(
            workspace=workspace,
            contact=contact,
            number=f"{contact.pk}-{number}",
            ordered_at=order["at"],
            total=order["total"],
            currency="IDR",
            state=order["state"],
        )
        for contact, number, order in placed
    )
    OrderLine.objects.bulk_create(
        OrderLine(order=made, product=products[line["sku"]], contact=contact, ordered_at=order["at"], total=1000)
        for made, (contact, _number, order) in zip(orders, placed, strict=True)
        for line in order["products"]
    )
    facts = []
    for contact, person in zip(contacts, population, strict=True):
        completed = [order for order in person["orders"] if order["state"] == "completed"]
        if completed:
            categories = {line["category"] for order in completed for line in order["products"] if line["category"]}
            known = PurchaseFacts(
                workspace=workspace,
                contact=contact,
                orders=len(completed),
                spent=sum(order["total"] for order in completed),
                first_order_at=min(order["at"] for order in completed),
                last_order_at=max(order["at"] for order in completed),
                categories=sorted(categories),
            )
            facts.append(known)
    PurchaseFacts.objects.bulk_create(facts)


def _store_carts(workspace: Workspace, contacts: list[Contact], population: list[Person]) -> None:
    Cart.objects.bulk_create(
        Cart(
            workspace=workspace,
            contact=contact,
            key=f"{contact.pk}-{number}",
            state=cart["state"],
            total=cart["total"],
            currency="IDR",
            created_at=cart["changed"],
            changed_at=cart["changed"],
            source_at=cart["changed"],
            first_abandoned_at=cart["left"],
            abandoned_at=cart["left"],
        )
        for contact, person in zip(contacts, population, strict=True)
        for number, cart in enumerate(person["carts"])
    )


def _store_messages(workspace: Workspace, contacts: list[Contact], population: list[Person]) -> None:
    channel = Channel.objects.create(workspace=workspace, name="Toko")
    content = MessageContent.objects.create(workspace=workspace, text="Halo")
    link = TrackedLink.objects.create(content=content, position=0, url="https://example.com/")
    common = {"workspace": workspace, "channel": channel}
    sent = [
        (contact, message)
        for contact, person in zip(contacts, population, strict=True)
        for message in person["messages"]
    ]
    stored = Message.objects.bulk_create(
        Message(
            **common,
            contact=contact,
            direction="outbound",
            state=message["state"],
            origin_kind="broadcast",
            origin_id=message["broadcast"],
            sent_at=message["sent_at"],
            delivered_at=message["delivered_at"],
            read_at=message["read_at"],
        )
        for contact, message in sent
    )
    inbound = {"direction": "inbound", "state": "received", "origin_kind": "contact"}
    Message.objects.bulk_create(
        Message(**common, **inbound, contact=contact, created_at=at, in_reply_to=ours)
        for ours, (contact, message) in zip(stored, sent, strict=True)
        for at in message["replies"]
    )
    Click.objects.bulk_create(
        Click(link=link, message=ours, contact_id=ours.contact_id, **click)
        for ours, (_contact, message) in zip(stored, sent, strict=True)
        for click in message["clicks"]
    )
