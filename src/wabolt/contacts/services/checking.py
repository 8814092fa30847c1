"""Checks the values of a contact before they are stored, one by one or all at once."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact
from wabolt.contacts.rules import LIMITS, PERSON_COLUMNS
from wabolt.contacts.services.fields import read_fields
from wabolt.contacts.services.identities import owners_of, taken, tidy_identity
from wabolt.contacts.services.reading import read_city
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean


def refusals(
    *,
    workspace: Workspace,
    contact_id: int | None = None,
    phone: object = None,
    identities: Iterable[tuple[str, str]] = (),
    fields: Mapping[str, Any] | None = None,
    **columns: Any,
) -> list[DomainError]:
    """Returns every error of these values, so that a form shows all of them at once. Writes nothing.

    Takes the arguments of `create_contact` (`contact_id` None) and `update_contact`, which raise one of them.
    """
    errors: list[DomainError] = []
    for key, value in columns.items():
        try:
            clean_columns({key: value})
        except DomainError as error:
            errors.append(error)
    addresses = [*([("phone", str(phone))] if phone else []), *identities]
    if contact_id is None and not addresses and not clean(str(columns.get("name") or "")):
        errors.append(nameless())
    pairs: list[tuple[str, str]] = []
    for kind, text in addresses:
        try:
            pairs.append(tidy_identity(workspace, kind, text))
        except DomainError as error:
            errors.append(error)
    owners = owners_of(workspace, pairs) if pairs else {}
    errors += [taken(kind, owner) for (kind, _value), owner in owners.items() if owner != contact_id]
    return errors + (read_fields(workspace, fields)[1] if fields else [])


def nameless() -> DomainError:
    """The error of a contact without a name and without an address."""
    return DomainError(_("Give a name or a number."), code="nameless", field="name")


def clean_columns(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the columns as they are stored. Raises DomainError."""
    values: dict[str, Any] = {}
    for key, value in columns.items():
        if key not in PERSON_COLUMNS:
            raise DomainError(_("Unknown column."), code="unknown_column", field=key)
        if key == "birth_date":
            values[key] = value or None
            continue
        text = clean(str(value or ""))
        if len(text) > LIMITS.get(key, 200):
            raise DomainError(_("This is too long."), code="too_long", field=key)
        values[key] = text
    if values.get("gender") and values["gender"] not in Contact.Gender.values:
        raise DomainError(_("Choose female or male, or leave it empty."), code="bad_gender", field="gender")
    if values.get("email"):
        try:
            validate_email(values["email"])
        except ValidationError:
            raise DomainError(_("This is not an e-mail address."), code="bad_email", field="email") from None
    if values.get("city"):
        values["city"], values["city_original"] = read_city(values["city"])
    elif "city" in values:
        values["city_original"] = ""
    return values
