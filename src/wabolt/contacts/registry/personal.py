"""The tables that hold something about a person. A guard compares them with the models that refer to a contact.

`services.erasing` empties the rows of an erased person. A room that has to do more does it in a receiver of
`signals.contacts_erased`, for example for rows that no contact refers to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise

Fate = Literal["deleted", "emptied", "kept"]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """A table with the columns `id` and `contact_id`.

    `label`: what the rows are called on a page.
    `moves`: whether the rows change hands when two contacts are merged. `once`: columns that, with the contact, may
    occur once only; such a row of the absorbed contact stays where it is. `key`: the column that names a row.
    `count_words(count)`: what so many rows are called on the page that merges, with %(count)s in it; None: not listed.
    `fate`: what an erasure does with the rows. "emptied": it empties every text, JSON, bytes, internet address and
    date, except choices and the columns in `keeps`, which hold words of the program. `by_room`: the room does it.
    `secret`: columns that a person who asks for their data does not get, such as keys of the program.
    """

    table: str
    label: str | Promise
    moves: bool = True
    once: tuple[str, ...] = ()
    key: str = "id"
    count_words: Callable[[int], str] | None = None
    fate: Fate = "emptied"
    keeps: tuple[str, ...] = ()
    by_room: bool = False
    secret: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonalRows:
    """Rows about a person that no contact refers to, such as events of a vendor that name a phone number.

    `count(workspace, contact_ids)`: the number of rows that an erasure empties or deletes. The room does it in a
    receiver of `signals.contacts_erased`. `read(workspace, contact_ids)`: the rows as plain JSON, for the copy that a
    person may ask for; None if the copy holds them in another form.
    """

    key: str
    label: str | Promise
    count: Callable[[Any, Sequence[int]], int]
    fate: Fate = "deleted"
    read: Callable[[Any, Sequence[int]], list[dict[str, Any]]] | None = None


@dataclass(frozen=True, slots=True)
class Discloser:
    """A part of the program that sends data of contacts to addresses outside that the shop chose, such as the web
    address of a journey. It calls `services.note_disclosure` before; after an erasure the room privacy tells them.

    `key`: stored with each note. `label`: on the page that lists the addresses.
    """

    key: str
    label: str | Promise


_disclosers: dict[str, Discloser] = {}
_further_rows: dict[str, PersonalRows] = {}


_tables: dict[str, PersonalData] = {}


def register_personal_data(*tables: PersonalData) -> None:
    """Adds tables; called from a room's `AppConfig.ready`. A second registration of a table replaces the first."""
    _tables.update({data.table: data for data in tables})


def personal_data() -> list[PersonalData]:
    """All registered tables, in the order of registration."""
    return list(_tables.values())


def register_discloser(*disclosers: Discloser) -> None:
    """Adds parts that send data outside; called from a room's `AppConfig.ready`."""
    _disclosers.update({one.key: one for one in disclosers})


def disclosers() -> dict[str, Discloser]:
    """All registered parts that send data outside, by key."""
    return dict(_disclosers)


def register_personal_rows(*sources: PersonalRows) -> None:
    """Adds places; called from a room's `AppConfig.ready`. A second registration of a key replaces the first."""
    _further_rows.update({source.key: source for source in sources})


def personal_rows() -> list[PersonalRows]:
    """All registered places, in the order of registration."""
    return list(_further_rows.values())
