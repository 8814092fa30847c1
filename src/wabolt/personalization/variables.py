"""Variables and their values, formatted for readers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact, Field
from wabolt.lib import formats
from wabolt.lib.names import first_name
from wabolt.lib.personal_values import GROUPS, Values, Variable


@dataclass(frozen=True, slots=True)
class Shop:
    """The settings of a workspace that rendering needs."""

    name: str
    language: str
    currency: str
    date_fields: frozenset[str]


def shop_of(workspace: Workspace) -> Shop:
    """Reads the settings; call it once per batch."""
    dates = Field.objects.filter(workspace=workspace, kind=Field.Kind.DATE).values_list("key", flat=True)
    return Shop(workspace.name, workspace.language, workspace.currency, frozenset(dates))


def known_variables(workspace: Workspace) -> list[Variable]:
    """Returns all variables that a text of this workspace may use."""
    return [variable for group in GROUPS.values() for variable in group.variables(workspace)]


def variables_of(workspace: Workspace, prefixes: Iterable[str]) -> list[Variable]:
    """Returns the variables of these groups. A prefix without a group has none."""
    groups = [GROUPS[prefix] for prefix in prefixes if prefix in GROUPS]
    return [variable for group in groups for variable in group.variables(workspace)]


def variables_of_any_message(workspace: Workspace) -> list[Variable]:
    """Returns the variables that have a value in each message. Those of a voucher or an event are not among them: their
    values come with the message of a broadcast or journey."""
    return [variable for group in GROUPS.values() if group.is_in_any_message for variable in group.variables(workspace)]


def sample_values(workspace: Workspace, prefix: str) -> dict[str, str]:
    """Returns the example values of a group, for a fictional person."""
    variables = GROUPS[prefix].variables(workspace)
    return {variable.name.removeprefix(f"{prefix}."): variable.example for variable in variables}


def load_values(
    workspace: Workspace, prefixes: Iterable[str], contact_ids: Sequence[int]
) -> dict[int, dict[str, Values]]:
    """Returns {contact id: {prefix: values}}. Each group is loaded once for all contacts."""
    found: dict[int, dict[str, Values]] = {}
    for prefix in sorted(set(prefixes)):
        load = GROUPS[prefix].load if prefix in GROUPS else None
        for contact_id, values in (load(workspace, contact_ids) if load else {}).items():
            found.setdefault(contact_id, {})[prefix] = values
    return found


def group_value(prefix: str, name: str, value: Any, shop: Shop) -> Any:
    """Returns a value of a registered group, formatted."""
    group = GROUPS.get(prefix)
    return _shown(value, shop, is_date=group is not None and name in group.dates)


class ShownInt(int):
    """An integer that is formatted for readers."""

    lang = "id"

    def __str__(self) -> str:
        return formats.number(int(self), self.lang)


class ShownFloat(float):
    """As ShownInt, for a float with at most two decimals."""

    lang = "id"

    def __str__(self) -> str:
        decimals = min(2, len(repr(float(self)).partition(".")[2].rstrip("0")))
        return formats.number(float(self), self.lang, decimals)


class YesNo:
    """A bool that works in `if` and is formatted as a word."""

    __slots__ = ("lang", "value")

    def __init__(self, value: bool, lang: str) -> None:
        self.value, self.lang = value, lang

    def __liquid__(self) -> bool:
        return self.value

    def __str__(self) -> str:
        if self.lang == "en":
            return "yes" if self.value else "no"
        return "ya" if self.value else "tidak"


def contact_value(name: str, person: Mapping[str, Any], shop: Shop) -> Any:
    """Returns a value of a contact, formatted. An unknown value is "", so that the filter `default` applies.

    `name`: "name", "first_name", "fields" ... `person`: the columns of Contact by name, and `phone`.
    """
    if name == "first_name":
        return first_name(person.get("name") or "")
    if name == "fields":
        return {key: field_value(key, value, shop) for key, value in (person.get("fields") or {}).items()}
    if name == "birth_date":
        return _shown(person.get(name), shop, is_date=True)
    if name == "phone":
        return formats.phone(person.get(name) or "")
    return person.get(name) or ""


def field_value(key: str, value: Any, shop: Shop) -> Any:
    """Returns the value of a custom field, formatted."""
    return _shown(value, shop, is_date=key in shop.date_fields)


def person_of(contact: Contact, phone: str | None) -> dict[str, Any]:
    """Returns the contact's values for `contact_value`."""
    names = ("name", "city", "email", "birth_date", "fields")
    return {name: getattr(contact, name) for name in names} | {"phone": phone}


def _shown(value: Any, shop: Shop, is_date: bool = False) -> Any:
    if value is None:
        return ""
    if is_date and isinstance(value, str | date):
        return _shown_date(value, shop.language)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return YesNo(value, shop.language)
    if isinstance(value, int):
        return _in(ShownInt(value), shop.language)
    if isinstance(value, float):
        return _in(ShownInt(value) if value.is_integer() else ShownFloat(value), shop.language)
    return ""


@lru_cache(maxsize=4096)
def _shown_date(value: str | date, lang: str) -> str:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    except ValueError:
        return str(value)
    return formats.birthday(day, lang)  # a birthday may have no year


def _in(number: ShownInt | ShownFloat, lang: str) -> ShownInt | ShownFloat:
    number.lang = lang
    return number
