"""The tables that hold something about a person. A guard compares them with the models that refer to a contact.

What an erasure removes is in the receivers of `signals.contacts_erased`."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class PersonalData:
    """A table with the columns `id` and `contact_id`.

    `label`: what the rows are called on a page.
    `moves`: whether the rows change hands when two contacts are merged. `once`: columns that, with the contact, may
    occur once only; such a row of the absorbed contact stays where it is. `key`: the column that names a row.
    `count_words(count)`: what so many rows are called on the page that merges, with %(count)s in it; None: not listed.
    """

    table: str
    label: str | Promise
    moves: bool = True
    once: tuple[str, ...] = ()
    key: str = "id"
    count_words: Callable[[int], str] | None = None


_tables: dict[str, PersonalData] = {}


def register_personal_data(*tables: PersonalData) -> None:
    """Adds tables; called from a room's `AppConfig.ready`. A second registration of a table replaces the first."""
    _tables.update({data.table: data for data in tables})


def personal_data() -> list[PersonalData]:
    """All registered tables, in the order of registration."""
    return list(_tables.values())
