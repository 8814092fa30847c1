"""Everything that the sample room adds to the rooms below it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.http import HttpRequest

from tests.wishes.importing import WISHES
from tests.wishes.models import Wish
from wabolt.accounts import registry as accounts
from wabolt.accounts.models import Workspace
from wabolt.alerts import registry as alerts
from wabolt.contacts import registry as contacts
from wabolt.contacts.models import Contact
from wabolt.imports import registry as imports
from wabolt.journeys import registry as journeys
from wabolt.lib import retention
from wabolt.lib.segmentation import flag
from wabolt.messaging import registry as messaging
from wabolt.messaging.registry import Arrival, each
from wabolt.personalization.registry import Values, Variable, VariableGroup, register_variables
from wabolt.segments.registry import FieldGroup, FieldSpec, Kind, register_fields
from wabolt.ui import navigation


def register() -> None:
    """Called from `WishesConfig.ready`."""
    accounts.register_audit(
        actions={"wish.fulfil": "Fulfilled a wish"}, targets={"wish": accounts.Target("wishes.Wish", "text")}
    )
    accounts.register_pages(accounts.SettingsPage("wishes", "Settings of wishes", "wishes:list", "gift"))
    navigation.register(navigation.NavItem("wishes", "Wish list", "wishes:list", "gift"))
    alerts.register(alerts.AlertKind("wishes.many", "Many wishes", lambda _subject, data: f"{data['count']} wishes"))
    imports.register(WISHES)
    imports.register_reasons({"wish_of_nobody": "nobody has this number"}, {"wish_of_nobody": "Unknown number"})
    _register_in_contacts()
    register_fields(
        FieldGroup("wishes", "Wishes"),
        FieldSpec(
            "has wish", Kind.FLAG, "wishes", "Has a wish", words={"id": ("punya keinginan",)},
            leaf=flag("EXISTS (SELECT 1 FROM wishes_wish w WHERE w.contact_id = c.id)"),
            changed_by=frozenset({"wish_made"}),
        ),
    )  # fmt: skip
    register_variables(VariableGroup("wish", lambda _workspace: [Variable("wish.text", "Wish", "tas merah")], _values))
    day = timedelta(days=1)
    messaging.register_origin(messaging.Origin("wish", "Wishes", reply_window=day, attribution_window=day))
    messaging.register_responder(messaging.Responder("wish", 33, each(_take)))
    journeys.register_trigger(
        journeys.TriggerKind(
            "wish_made", "A wish is made", "gift", lambda _workspace, _settings: "When a wish is made",
            event_kinds=lambda _settings: ["wish_made"],
        )
    )  # fmt: skip
    retention.register_retention(
        retention.RetentionClass(
            "wishes", "Wishes of old", "They go.", lambda count: "%(count)s wishes", _count, _remove
        )
    )


def _register_in_contacts() -> None:
    contacts.register_event_kinds(
        contacts.EventKind("wish_made", "Made a wish", "gift", "data", line=lambda data: f"Wish no. {data['wish']}")
    )
    contacts.register_personal_data(contacts.PersonalData("wishes_wish", "Wishes", fate="deleted"))
    contacts.register_source("wish", "Came with a wish")
    contacts.register_panel(contacts.Panel("wishes", "Wishes", "wishes/panel.html", _panel))
    action = contacts.ContactAction("wishes.surprise", "Add a surprise", "gift", _surprise, lambda _shop, _params: "!")
    contacts.register_contact_action(action)
    contacts.register_consumer(contacts.EventConsumer("wishes", "Counter of wishes", lambda _events: None))


def _panel(_request: HttpRequest, contact: Contact) -> dict[str, object]:
    return {"wishes": Wish.objects.filter(contact=contact)}


def _values(_workspace: Workspace, contact_ids: Sequence[int]) -> Mapping[int, Values]:
    rows = Wish.objects.filter(contact__in=contact_ids).order_by("pk")
    return {contact: {"text": text} for contact, text in rows.values_list("contact", "text")}


def _take(arrival: Arrival) -> bool:
    text = arrival.message.text.strip()
    if not text.upper().startswith("MAU "):
        return False
    Wish.objects.create(workspace=arrival.channel.workspace, contact=arrival.contact, text=text[4:100])
    return True


def _surprise(run: contacts.ActionRun) -> Mapping[int, str]:
    Wish.objects.bulk_create(Wish(workspace=run.workspace, contact_id=pk, text="kejutan") for pk in run.contact_ids)
    return {}


def _count(workspace_id: int, _before: datetime) -> int:
    return Wish.objects.filter(workspace=workspace_id).count()


def _remove(workspace_id: int, _before: datetime, after: int, limit: int) -> tuple[int | None, int]:
    ids = list(Wish.objects.filter(workspace=workspace_id, pk__gt=after).values_list("pk", flat=True)[:limit])
    Wish.objects.filter(pk__in=ids).delete()
    return (ids[-1] if ids else None), len(ids)
