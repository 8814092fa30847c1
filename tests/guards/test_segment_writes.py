"""Live segments follow events: every write that can change who is in a segment records one that its field declares."""

import re
from pathlib import Path

import pytest

from tests.guards.layout import SOURCE
from wabolt.contacts.registry import event_kinds
from wabolt.contacts.segment_fields import own_fields
from wabolt.lib import segmentation
from wabolt.lib.segmentation import Condition, Kind
from wabolt.lib.segmentation.registry import _sources
from wabolt.segments.rules import operators

TABLES = (
    "contacts_contact|contacts_contacttag|contacts_identity|contacts_tag|consent_consent|commerce_order"
    "|commerce_orderline|commerce_purchasefacts|messaging_message|messaging_click|optin_entry|optin_registration"
    "|optin_entrant|commerce_cart"
)
MODELS = (
    "Contact|ContactTag|Identity|Tag|Consent|Order|OrderLine|PurchaseFacts|Cart|Message|Click|Entry|Registration"
    "|Entrant"
)
ROWS = "contact|absorbed|keep|kept|identity|tag|message|click|order|registration|entrant|entry|cart"
SQL = re.compile(rf"(?:UPDATE|INSERT INTO|DELETE FROM|COPY)\s+(?:{TABLES})\b")
ORM = re.compile(
    rf"\b(?:{MODELS})\.objects\b[^#\n]*\.(?:create|bulk_create|update|delete|get_or_create|update_or_create|bulk_update)\("
    rf"|\b(?:{ROWS})\.(?:save|delete)\("
)

NOTHING = "no field reads what is written: "
FROM_ROWS = "read with other rows: "
DAILY = "found by the daily pass: "
# The kinds of events that are recorded with the writes of a file, or why there are none.
WRITERS = {
    "commerce/registrations.py": DAILY + "the retention of old carts",
    "commerce/services/abandoning.py": "cart_abandoned",
    "commerce/services/carts.py": "cart_updated",
    "commerce/services/orders.py": "order_completed order_cancelled order_updated",
    "commerce/services/settling.py": FROM_ROWS + "orders.py",
    "commerce/services/sql/write_facts.sql": FROM_ROWS + "orders.py",
    "commerce/services/sql/write_lines.sql": FROM_ROWS + "orders.py",
    "consent/services/ledger.py": "consent_granted consent_withdrawn",
    "contacts/services/adding.py": "contact_created contact_updated chat_found",
    "contacts/services/address_changes.py": "contact_moved",
    "contacts/services/contacts.py": "contact_created contact_updated",  # of `touch_contacts`: message_received
    "contacts/services/erasing.py": "contact_erased",
    "contacts/services/fields.py": "contact_updated",  # a deleted field is in no segment that can be read
    "contacts/services/identities.py": "contact_created contact_updated",
    "contacts/services/imports/sql/update_contacts.sql": FROM_ROWS + "statements.py",
    "contacts/services/imports/statements.py": "contact_created contact_updated tag_added",
    "contacts/services/merging.py": "contact_merged contact_parted",
    "contacts/services/noting.py": "contact_updated",
    "contacts/services/reported.py": "contact_created",
    "contacts/services/tags.py": "tag_added tag_removed",  # a new name changes the meaning of the segment
    "contacts/services/whatsapp_checks.py": NOTHING + "whether a number is on WhatsApp",
    "messaging/erasing.py": NOTHING + "user agents",
    "messaging/gateway/checks.py": NOTHING + "messages before they are sent",
    "messaging/gateway/claim.py": NOTHING + "messages before they are sent",
    "messaging/gateway/results.py": NOTHING + "messages before they are delivered",
    "messaging/gateway/sql/accept.sql": "message_sent",
    "messaging/gateway/sql/commit_attempts.sql": NOTHING + "messages before they are sent",
    "messaging/gateway/unsent.py": NOTHING + "messages before they are sent",
    "messaging/inbound/responders.py": NOTHING + "errors of responders",
    "messaging/inbound/services/files.py": NOTHING + "files",
    "messaging/inbound/services/phone.py": NOTHING + "texts",
    "messaging/inbound/services/receipts.py": "message_sent",  # and message_delivered, message_read, message_failed
    "messaging/inbound/sql/replies.sql": "broadcast_replied",  # of a second reply: message_received
    "messaging/outbox/services/clicks.py": "link_clicked",
    "messaging/outbox/services/in_flight.py": NOTHING + "messages before they are delivered",
    "messaging/outbox/services/lanes.py": NOTHING + "messages before they are sent",
    "messaging/outbox/services/queueing.py": NOTHING + "messages before they are sent",
    "messaging/outbox/services/unknown.py": "message_sent message_failed",
    "messaging/retention.py": NOTHING + "texts and files",
    "messaging/store/sql/insert_messages.sql": NOTHING + "inbound messages, before they are replies",
    "optin/events/services/people.py": "contact_merged",
    "optin/events/services/seats.py": "event_registered event_waiting event_cancelled",
    "optin/giveaways/services/contests.py": "giveaway_won",
    "optin/giveaways/services/draws.py": "giveaway_won giveaway_lost",
    "optin/giveaways/services/entering.py": "giveaway_entered",
    "optin/retention.py": NOTHING + "names and answers",
    "optin/services/entries.py": NOTHING + "entries without a contact",
    "optin/services/joining.py": "entry_point_joined",
    "optin/services/numbers.py": NOTHING + "which texts an entry agreed to",
}


def test_every_field_declares_the_events_that_change_it() -> None:
    known = {kind.key for kind in event_kinds()}
    for field in segmentation.fields():
        is_other_segment = field.kind is segmentation.Kind.NAMED  # the events of its conditions change it
        assert field.changed_by or is_other_segment, f"{field.key}: name the events that can change it (`changed_by`)"
        assert field.changed_by <= known, field.key
    assert _sources[own_fields]
    assert segmentation.changing_kinds() <= known


def test_no_field_asks_for_the_time_itself() -> None:
    """The SQL of a leaf has its moments as parameters, or its field has `facts`: else no pass would follow when time
    changes the answer."""
    for field in segmentation.fields():
        if field.facts is not None or field.leaf is None:
            continue
        for op in operators(field):
            text = _sql(field, op)
            assert not re.search(r"\bnow\(|current_|clock_timestamp|localtime", text), (field.key, op)


def _sql(field: segmentation.FieldSpec, op: str) -> str:
    import datetime as dt
    from zoneinfo import ZoneInfo

    day = dt.date(2027, 1, 1)
    values = {Kind.WHOLE: 1, Kind.AGE: 1, Kind.MONEY: 1, Kind.NUMBER: 1, Kind.DATE: day, Kind.MOMENT: day}
    value = "this month" if op == "during" else values.get(field.kind, field.options[0] if field.options else "x")
    if op in ("!=", "not in", "is not empty"):
        op = {"!=": "=", "not in": "in", "is not empty": "is empty"}[op]
    condition = Condition(field.key, op, ("x",) if op == "in" and not field.options else value, 7)
    names = {field.lookup: {"x": [(1, "x") if field.lookup == "category" else 1]}} if field.lookup else {}
    assert field.leaf is not None
    context = segmentation.Context(1, day, ZoneInfo("Asia/Jakarta"), names, dt.datetime(2027, 1, 1, tzinfo=dt.UTC))
    return field.leaf(condition, field, context).text


def _writers() -> dict[str, Path]:
    found = {}
    for path in SOURCE.rglob("*"):
        skipped = {"tests", "migrations", "demo", "segments"}
        if path.suffix in {".py", ".sql"} and not skipped & set(path.parts):
            text = path.read_text("utf-8")
            if SQL.search(text) or ORM.search(text):
                found[path.relative_to(SOURCE).as_posix()] = path
    return found


def test_every_writer_of_a_table_of_segment_fields_is_known() -> None:
    """A new file that writes such a table must record an event that the field declares, and be added here."""
    assert set(_writers()) == set(WRITERS)


@pytest.mark.parametrize("name", [name for name, told in WRITERS.items() if ": " not in told])
def test_a_writer_records_the_events(name: str) -> None:
    for kind in WRITERS[name].split():
        assert kind in segmentation.changing_kinds(), kind
        # `event_` + word and `consent_` + action are put together, and replies are recorded next to their statement.
        around = [SOURCE / name, *(SOURCE / name).parent.glob("*.py"), *(SOURCE / name).parents[1].glob("*.py")]
        texts = "".join(path.read_text("utf-8") for path in around)
        prefix, _, word = kind.partition("_")
        assert kind in texts or f"{prefix}_' ||" in texts or f"_{word}" in texts, (name, kind)
