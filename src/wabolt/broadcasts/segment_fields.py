"""Segment fields of broadcasts: received, read, replied to, clicked."""

from django.utils.translation import pgettext_lazy as pgettext

from wabolt.broadcasts.models import Broadcast
from wabolt.lib.row_lookups import RowLookup
from wabolt.segments.registry import (
    NOBODY,
    Condition,
    Context,
    FieldGroup,
    FieldSpec,
    Kind,
    Sql,
    exists,
    found,
    register_fields,
    register_lookup,
)

SENT = (Broadcast.State.RUNNING, Broadcast.State.PAUSED, Broadcast.State.COMPLETED, Broadcast.State.CANCELLED)

_JOINS = {
    "replied": "JOIN messaging_message r ON r.in_reply_to_id = m.id",
    "clicked": "JOIN messaging_click k ON k.message_id = m.id AND NOT k.is_bot",
}
_STATES = {"received": "m.state IN ('delivered', 'read')", "read": "m.state = 'read'"}
# Only read messages have read_at. With both conditions PostgreSQL expects far too few rows, because it assumes that
# they are independent.
_STATES_WITH_TIME = _STATES | {"read": "TRUE"}
# Receipts arrive out of order or not at all: a message that was read was received.
_TIMES = {
    "received": "COALESCE(m.delivered_at, m.read_at, m.sent_at)",
    "read": "m.read_at",
    "replied": "r.created_at",
    "clicked": "k.at",
}
_CHANGED_BY = {
    # A message that an earlier state counted may fail later.
    "received": frozenset({"message_sent", "message_delivered", "message_read", "message_failed"}),
    "read": frozenset({"message_read"}),
    "replied": frozenset({"broadcast_replied", "message_received"}),  # only the first reply is an event of its own
    "clicked": frozenset({"link_clicked"}),
}

BROADCASTS = RowLookup(
    "broadcast",
    lambda workspace: Broadcast.objects.filter(workspace=workspace, state__in=SENT),
    newest_first=True,
)
"""Broadcasts that were sent."""


def leaf(condition: Condition, spec: FieldSpec, context: Context) -> Sql:
    """Returns the condition that the contact received, read, replied to or clicked in a broadcast. Link previews are no
    clicks."""
    which = Sql("TRUE")
    if condition.op != "any":
        value = condition.value
        ids = [value] if isinstance(value, int) else found(context.names.get("broadcast"), value)
        if not ids:
            return NOBODY
        which = Sql("m.origin_id = ANY(%s::bigint[])", (ids,))
    when = context.since(_TIMES[spec.key], condition.within_days)
    state = (_STATES if condition.within_days is None else _STATES_WITH_TIME).get(spec.key, "TRUE")
    text = f"m.origin_kind = 'broadcast' AND {which.text} AND {state} AND {when.text}"
    return exists(
        "m.contact_id",
        f"messaging_message m {_JOINS.get(spec.key, '')}",
        Sql(text, (*which.params, *when.params)),
        here=Sql("m.workspace_id = %s", (context.workspace,)),
        is_broad=spec.key != "clicked",
    )


def _field(
    key: str, label: object, words: tuple[str, ...], aliases: tuple[str, ...], sentences: tuple[object, ...]
) -> FieldSpec:
    return FieldSpec(
        key,
        Kind.BROADCAST,
        "messages",
        label,
        words={"id": words},
        aliases=aliases,
        lookup="broadcast",
        sentences=dict(zip(("any", "not:any", "", "not:"), sentences, strict=True)),
        leaf=leaf,
        changed_by=_CHANGED_BY[key],
    )


def register() -> None:
    """Registers the fields. `BroadcastsConfig.ready` calls it."""
    register_lookup(BROADCASTS)
    register_fields(
        FieldGroup("messages", pgettext("segment", "Messages"), 50),
        _field(
            "received",
            pgettext("segment", "Broadcasts received"),
            ("menerima",),
            ("got", "sent"),
            (
                pgettext("segment", "got a broadcast"),
                pgettext("segment", "got no broadcast"),
                pgettext("segment", "got the broadcast {}"),
                pgettext("segment", "did not get the broadcast {}"),
            ),
        ),
        _field(
            "read",
            pgettext("segment", "Broadcasts read"),
            ("membaca",),
            ("opened", "seen"),
            (
                pgettext("segment", "read a broadcast"),
                pgettext("segment", "read no broadcast"),
                pgettext("segment", "read the broadcast {}"),
                pgettext("segment", "did not read the broadcast {}"),
            ),
        ),
        _field(
            "replied",
            pgettext("segment", "Broadcasts replied to"),
            ("membalas",),
            ("answered",),
            (
                pgettext("segment", "replied to a broadcast"),
                pgettext("segment", "replied to no broadcast"),
                pgettext("segment", "replied to the broadcast {}"),
                pgettext("segment", "did not reply to the broadcast {}"),
            ),
        ),
        _field(
            "clicked",
            pgettext("segment", "Broadcasts clicked"),
            ("mengklik", "klik"),
            (),
            (
                pgettext("segment", "opened a link of a broadcast"),
                pgettext("segment", "opened no link of a broadcast"),
                pgettext("segment", "opened a link of the broadcast {}"),
                pgettext("segment", "opened no link of the broadcast {}"),
            ),
        ),
    )
