"""Counts the answers about permission in a file, before anything is stored."""

from typing import NamedTuple

from wabolt.contacts import signals
from wabolt.contacts.services.imports.matching import owners
from wabolt.contacts.services.imports.people import CONSENT
from wabolt.contacts.services.imports.scanning import Scan
from wabolt.imports.models import Import
from wabolt.lib.tables import TableError

COUNTED = 100_000
"""Maximum number of rows that are counted, because the page waits for the result."""
_NEEDED = frozenset({"phone", "phone2", "phone3", "dial_code", "code", "consent", "opt_out"})
_ANSWERS = ("consent", "opt_out")


class PermissionCounts(NamedTuple):
    """Rows that say yes, rows that say no, people with a permission who say no now (`ending`), and whether the whole
    file was counted or its first `COUNTED` rows."""

    yes: int
    no: int
    ending: int
    whole: bool


def count_permissions(imported: Import) -> PermissionCounts | None:
    """Returns None if no column says who agreed or who has left, or if the file cannot be read (the import reports
    that)."""
    if set(imported.mapping.values()).isdisjoint(_ANSWERS):
        return None
    scan = Scan(imported, _NEEDED, COUNTED)
    yes = no = 0
    refusing: set[int] = set()
    try:
        for people in scan:
            yes += sum(person.values[CONSENT] == "yes" for person in people)
            saying_no = [person for person in people if person.values[CONSENT] in {"no", "out"}]
            no += len(saying_no)
            refusing |= owners(imported.workspace, saying_no)
    except TableError:
        return None
    answers = signals.refusals_counted.send(Import, workspace=imported.workspace, contact_ids=sorted(refusing))
    return PermissionCounts(yes, no, sum(int(answer or 0) for _receiver, answer in answers), scan.whole)
