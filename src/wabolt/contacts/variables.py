"""The variables of a contact for texts: its columns and the shop's own fields."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact, Field
from wabolt.contacts.queries import phones_of
from wabolt.lib.personal_values import Values, Variable, VariableGroup, register_variables

COLUMNS = (
    Variable("contact.name", _("Name"), "Siti Rahmawati"),
    Variable("contact.first_name", _("First name"), "Siti"),
    Variable("contact.city", _("City"), "Bandung"),
    Variable("contact.phone", _("Phone number"), "+62 812-3456-7890"),
    Variable("contact.email", _("E-mail"), "siti@example.com"),
    Variable("contact.birth_date", _("Birthday"), "14 Feb 1994"),
)


def variables(workspace: Workspace) -> list[Variable]:
    """Returns the variables of the columns, then those of the shop's own fields."""
    fields = Field.objects.filter(workspace=workspace, archived_at=None)
    own = (Variable(f"contact.fields.{f.key}", f.label, f.choices[0] if f.choices else "…") for f in fields)
    return [*COLUMNS, *own]


def load(workspace: Workspace, contact_ids: Sequence[int]) -> Mapping[int, Values]:
    """Returns the values of these contacts in two statements."""
    names = ("name", "city", "email", "birth_date", "fields")
    rows = Contact.objects.filter(workspace=workspace, pk__in=contact_ids).values("pk", *names)
    phones = phones_of(workspace, contact_ids)
    return {row["pk"]: {**row, "phone": phones.get(row["pk"])} for row in rows}


def register() -> None:
    """Called from `ContactsConfig.ready`."""
    register_variables(VariableGroup("contact", variables, load, frozenset({"birth_date"})))
