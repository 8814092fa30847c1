"""What an event is called on the timeline."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.contacts.models import Event

GROUPS: dict[str, tuple[Promise, tuple[str, ...]]] = {
    "data": (gettext_lazy("Data"), ("contact_", "tag_", "note_")),
    "permission": (gettext_lazy("Permission"), ("consent_",)),
    "messages": (gettext_lazy("Messages"), ("message_", "link_", "broadcast_", "chat_")),
    "purchases": (gettext_lazy("Purchases"), ("order_", "voucher_")),
}

# What a kind is called, its icon and its tone.
_KINDS: dict[str, tuple[Promise, str, str]] = {
    "contact_created": (gettext_lazy("Contact added"), "user-plus", "primary"),
    "contact_updated": (gettext_lazy("Data changed"), "edit", "neutral"),
    "contact_merged": (gettext_lazy("Two contacts became one"), "users", "primary"),
    "contact_moved": (gettext_lazy("Has a new WhatsApp number"), "refresh", "primary"),
    "contact_parted": (gettext_lazy("One contact became two again"), "users", "neutral"),
    "tag_added": (gettext_lazy("Label added"), "tag", "neutral"),
    "tag_removed": (gettext_lazy("Label removed"), "tag", "neutral"),
    "note_added": (gettext_lazy("Note written"), "note", "neutral"),
    "consent_granted": (gettext_lazy("Agreed to receive promotions"), "circle-check", "good"),
    "consent_withdrawn": (gettext_lazy("Stopped promotions"), "ban", "bad"),
    "message_sent": (gettext_lazy("Message sent"), "send", "info"),
    "message_delivered": (gettext_lazy("Message delivered"), "checks", "neutral"),
    "message_read": (gettext_lazy("Message read"), "eye", "primary"),
    "message_failed": (gettext_lazy("Message failed"), "alert-circle", "bad"),
    "message_received": (gettext_lazy("Wrote to us"), "message", "good"),
    "chat_found": (gettext_lazy("Had written before the number was linked"), "history", "good"),
    "broadcast_replied": (gettext_lazy("Replied to a broadcast"), "message", "good"),
    "link_clicked": (gettext_lazy("Opened a link"), "click", "primary"),
    "order_completed": (gettext_lazy("Bought"), "shopping-bag", "good"),
    "voucher_issued": (gettext_lazy("Got a voucher"), "ticket", "neutral"),
    "voucher_redeemed": (gettext_lazy("Used a voucher"), "ticket", "good"),
}
_COLUMNS: dict[str, Promise] = {
    "name": gettext_lazy("name"),
    "city": gettext_lazy("city"),
    "gender": gettext_lazy("gender"),
    "birth_date": gettext_lazy("date of birth"),
    "email": gettext_lazy("e-mail"),
    "source": gettext_lazy("source"),
    "fields": gettext_lazy("your columns"),
    "phone": gettext_lazy("number"),
    "code": gettext_lazy("code"),
}
_details: dict[str, Callable[[Mapping[str, Any]], str]] = {}


@dataclass(frozen=True, slots=True)
class Told:
    """An event in words."""

    event: Event
    title: str
    icon: str
    tone: str
    detail: str


def explain(
    kind: str, title: Promise, icon: str, tone: str, detail: Callable[[Mapping[str, Any]], str] | None = None
) -> None:
    """Teaches the timeline a kind of event of another room; `detail(data)` answers the line under the title."""
    _KINDS[kind] = (title, icon, tone)
    if detail is not None:
        _details[kind] = detail


def tell(event: Event) -> Told:
    """The event as the timeline shows it; a kind nobody explained shows its own name."""
    title, icon, tone = _KINDS.get(event.kind, (event.kind.replace("_", " ").capitalize(), "point", "neutral"))
    data = event.data if isinstance(event.data, dict) else {}
    detail = _details[event.kind](data) if event.kind in _details else _detail(event.kind, data)
    return Told(event, str(title), icon, tone, detail)


def kinds_in(groups: str, present: list[str]) -> list[str]:
    """The kinds of a group among those that a contact has; all of them for an unknown group."""
    prefixes = GROUPS.get(groups, (None, ("",)))[1]
    return [kind for kind in present if kind.startswith(prefixes)]


def _detail(kind: str, data: Mapping[str, Any]) -> str:
    if kind == "contact_created":
        if data.get("import"):
            return _("Import no. %(number)s") % {"number": data["import"]}
        return str(data.get("source") or "")
    if kind == "contact_updated" and isinstance(data.get("columns"), list):
        return ", ".join(str(_COLUMNS.get(column, column)) for column in data["columns"])
    return str(data.get("name") or data.get("number") or data.get("code") or data.get("url") or "")[:200]
