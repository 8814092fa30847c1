"""What belongs to a contact, here and in other rooms: tables whose rows change hands when two contacts are joined."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import ngettext


@dataclass(frozen=True, slots=True)
class Belonging:
    """A table whose rows belong to contacts. `once`: columns that, with the contact, may occur only once there; `key`:
    the column a row is known by; `words(count)`: what so many rows are called, None for what nobody counts."""

    table: str
    once: tuple[str, ...] = ()
    key: str = "id"
    words: Callable[[int], str] | None = None


_belongings: list[Belonging] = [
    Belonging("contacts_identity"),
    Belonging("contacts_contacttag", once=("tag_id",)),
    Belonging("contacts_note", words=lambda count: ngettext("%(count)s note", "%(count)s notes", count)),
]


def belongs_to_contact(
    table: str, *, once: tuple[str, ...] = (), key: str = "id", words: Callable[[int], str] | None = None
) -> None:
    """Registers a table with a column `contact_id` whose rows change hands when contacts are joined; called from a
    room's `AppConfig.ready`. A row that the kept contact has already (`once`) stays where it is. `words(count)` answers
    what so many are called, with %(count)s in it ("%(count)s orders"), for whoever looks before joining."""
    _belongings.append(Belonging(table, once, key, words))


def belongings() -> list[Belonging]:
    """What belongs to contacts, in the order of registration."""
    return list(_belongings)
