"""Names of the audit actions of contacts."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wabolt.accounts.registry import Permission, Target, register_audit, register_permissions, shorten
from wabolt.ui.filters import number_id


def _labels(value: Any) -> str:
    return _("Labels: %(labels)s") % {"labels": shorten(", ".join(map(str, value)))}


def _filters(value: Any) -> str:
    if not value:
        return _("all contacts")
    names = {"search": _("with search words")}
    told = [names.get(key, f"{key}: {shorten(str(kept))}") for key, kept in dict(value).items()]
    return _("Filter: %(filter)s") % {"filter": shorten(", ".join(told))}


def register() -> None:
    """Registers the names; called from `ContactsConfig.ready`."""
    register_audit(
        actions={
            "contact.create": gettext_lazy("Added a contact"),
            "contact.update": gettext_lazy("Changed a contact"),
            "contact.erase": gettext_lazy("Deleted contacts"),
            "contact.tag": gettext_lazy("Put labels on contacts"),
            "contact.untag": gettext_lazy("Took labels off contacts"),
            "contact.delete_note": gettext_lazy("Deleted a note"),
            "contact.export": gettext_lazy("Exported contacts"),
            "contact.merge": gettext_lazy("Merged two contacts"),
            "contact.part": gettext_lazy("Undid a merge"),
            "field.create": gettext_lazy("Made a column"),
            "field.update": gettext_lazy("Changed a column"),
            "field.archive": gettext_lazy("Archived a column"),
            "field.delete": gettext_lazy("Deleted a column"),
            "tag.rename": gettext_lazy("Renamed a label"),
            "tag.delete": gettext_lazy("Deleted a label"),
            "parked_event.retry": gettext_lazy("Retried an event that could not be processed"),
            "parked_event.drop": gettext_lazy("Dropped an event that could not be processed"),
        },
        targets={
            "contact": Target("contacts.Contact", "name", "contacts:detail"),
            "field": Target("contacts.Field", "label"),
            "tag": Target("contacts.Tag", "name"),
        },
        facts={
            "labels": _labels,
            "filters": _filters,
            "ticked": lambda value: (
                ngettext("%(count)s ticked contact", "%(count)s ticked contacts", value) % {"count": number_id(value)}
            ),
        },
        counters={"contact": lambda count: ngettext("%(count)s contact", "%(count)s contacts", count)},
    )
    register_permissions(
        Permission("agent", gettext_lazy("keeps contacts"), 20),
        Permission("manager", gettext_lazy("exports contacts"), 10),
    )
