"""Segment fields of events: registered for, attended, did not come."""

from collections.abc import Mapping, Sequence

from django.db.models import Value
from django.db.models.functions import Lower
from django.utils.translation import pgettext_lazy as pgettext

from wabolt.accounts.models import Workspace
from wabolt.optin.models import ShopEvent
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

_WHERE = {
    "registered for event": "er.state = 'registered'",
    "attended event": "er.checked_in_at IS NOT NULL",
    # Only events with a check-in: without a list at the door, the guests who came are unknown.
    "missed event": (
        "er.state = 'registered' AND er.checked_in_at IS NULL AND EXISTS ("
        "SELECT 1 FROM optin_shopevent ev"
        " WHERE ev.id = er.event_id AND ev.cancelled_at IS NULL AND ev.ends_at <= now())"
        " AND EXISTS (SELECT 1 FROM optin_registration present"
        " WHERE present.event_id = er.event_id AND present.checked_in_at IS NOT NULL)"
    ),
}
"""By key of the field: the registrations `er` that count."""


class EventLookup:
    """Events by name, past ones too."""

    key = "shop event"
    strict = True

    def resolve(self, workspace: Workspace, words: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Ids by lower-case name."""
        lowered = [Lower(Value(word)) for word in words]
        rows = ShopEvent.objects.filter(workspace=workspace).annotate(lowered=Lower("point__name"))
        ids: dict[str, list[int]] = {}
        for name, pk in rows.filter(lowered__in=lowered).values_list("lowered", "pk"):
            ids.setdefault(name, []).append(pk)
        return ids

    def suggest(self, workspace: Workspace, limit: int) -> list[str]:
        """Names of the newest events."""
        rows = ShopEvent.objects.filter(workspace=workspace).order_by("-starts_at")
        return list(dict.fromkeys(rows.values_list("point__name", flat=True)[:limit]))


def leaf(condition: Condition, spec: FieldSpec, context: Context) -> Sql:
    """The contact has such a registration for one of these events, or for no event at all."""
    counted = _WHERE[spec.key]
    if condition.op == "is empty":
        return Sql(f"NOT EXISTS (SELECT 1 FROM optin_registration er WHERE er.contact_id = c.id AND {counted})")
    ids = found(context.names.get(spec.lookup), condition.value)
    if not ids:
        return NOBODY
    where = Sql(f"er.event_id = ANY(%s::bigint[]) AND {counted}", (ids,))
    return exists(
        "er.contact_id", "optin_registration er", where, here=Sql("er.workspace_id = %s", (context.workspace,))
    )


def register() -> None:
    """Called from `registrations.register`."""
    register_lookup(EventLookup())
    register_fields(
        FieldGroup("events", pgettext("segment", "Events"), 46),
        FieldSpec(
            "registered for event",
            Kind.TAG,
            "events",
            pgettext("segment", "Registered for event"),
            words={"id": ("terdaftar di acara",)},
            aliases=("registered for", "daftar acara", "terdaftar acara"),
            lookup="shop event",
            leaf=leaf,
            sentences={
                "": pgettext("segment", "registered for {}"),
                "not:": pgettext("segment", "did not register for {}"),
                "in": pgettext("segment", "registered for one of {}"),
                "not:in": pgettext("segment", "registered for none of {}"),
                "is not empty": pgettext("segment", "registered for any event"),
                "is empty": pgettext("segment", "registered for no event"),
            },
        ),
        FieldSpec(
            "attended event",
            Kind.TAG,
            "events",
            pgettext("segment", "Attended event"),
            words={"id": ("hadir di acara",)},
            aliases=("attended", "came to", "hadir acara"),
            lookup="shop event",
            leaf=leaf,
            sentences={
                "": pgettext("segment", "attended {}"),
                "not:": pgettext("segment", "did not attend {}"),
                "in": pgettext("segment", "attended one of {}"),
                "not:in": pgettext("segment", "attended none of {}"),
                "is not empty": pgettext("segment", "attended any event"),
                "is empty": pgettext("segment", "attended no event"),
            },
        ),
        FieldSpec(
            "missed event",
            Kind.TAG,
            "events",
            pgettext("segment", "Registered but did not come"),
            words={"id": ("absen di acara",)},
            aliases=("missed", "did not come", "no-show", "tidak hadir di acara"),
            lookup="shop event",
            leaf=leaf,
            sentences={
                "": pgettext("segment", "registered for {} but did not come"),
                "not:": pgettext("segment", "did not miss {}"),
                "in": pgettext("segment", "registered for one of {} but did not come"),
                "not:in": pgettext("segment", "missed none of {}"),
                "is not empty": pgettext("segment", "missed any event"),
                "is empty": pgettext("segment", "missed no event"),
            },
        ),
    )
