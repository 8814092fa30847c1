"""Enrollments of one person for one occasion, brought together by a merge of two contacts. Only one of them gives."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.contacts.queries import absorbed_of
from wabolt.journeys.queries.facts import Person
from wabolt.journeys.rules.definition import Entry
from wabolt.journeys.rules.keys import step_key_sql
from wabolt.lib.sql import statement

_DOUBLES = statement(__file__, "doubles")
_GOT = statement(__file__, "got_before_merge").format(step_key=step_key_sql("r"))


class Double(NamedTuple):
    """The other enrollment of a person, with its latest visit."""

    id: int
    visit: int


def doubles_of(workspace: Workspace, entry: Entry, people: Mapping[int, int]) -> dict[int, list[Double]]:
    """Returns {enrollment: its doubles}, without enrollments that have none. `people`: {enrollment: contact}.

    Two enrollments are doubles if the re-entry rule would have let one person in only once: they have the same entry
    key, or the rule is not "always" and they overlapped or were closer than its cool-down. Only a contact who absorbed
    another one can have doubles."""
    absorbed = absorbed_of(workspace, set(people.values()))
    pairs = [(pk, one) for pk, contact in people.items() if contact in absorbed
             for one in (contact, *absorbed[contact])]  # fmt: skip
    if not pairs:
        return {}
    ids, contacts = zip(*pairs, strict=True)
    alone = entry.reentry != "always"
    values: dict[str, Any] = {
        "ids": list(ids), "contacts": list(contacts), "alone": alone, "once": entry.reentry == "never",
        "pause": timedelta(days=entry.cooldown_days if alone else 0),
    }  # fmt: skip
    found: dict[int, list[Double]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_DOUBLES, values)
        for pk, *double in cursor.fetchall():
            found.setdefault(pk, []).append(Double(*double))
    return found


def got_before_merge(workspace: Workspace, entry: Entry, step_id: int, people: Sequence[Person]) -> set[int]:
    """Returns the ids of people who got the message or action of this step in another enrollment before a merge.
    People whom a member sent back to the step are left out, because they are to get it again."""
    doubles = doubles_of(workspace, entry, {one.id: one.contact_id for one in people if one.visit == 1})
    pairs = [(pk, double.id) for pk, others in doubles.items() for double in others]
    if not pairs:
        return set()
    ids, others = zip(*pairs, strict=True)
    values: dict[str, Any] = {"ids": list(ids), "others": list(others), "step": step_id, "workspace": workspace.pk}
    with connection.cursor() as cursor:
        cursor.execute(_GOT, values)
        return {pk for (pk,) in cursor.fetchall()}
