"""The numbers and sample contacts that the builder shows next to a segment."""

from dataclasses import dataclass, field

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import phones_of, tags_of
from wabolt.lib import clock
from wabolt.lib.sql import TooSlowError, time_limit
from wabolt.segments.rules import EVERYONE, All, Catalogue, Condition, Node

from .compiler import SegmentSql
from .live import members_sql
from .people import count_contacts, sample_contacts

_PERMITTED = Condition("consent marketing", "", "granted")


@dataclass(frozen=True, slots=True)
class Example:
    """A contact as the preview shows it; `phone` is E.164 or "" where the number is hidden."""

    contact: Contact
    phone: str
    tags: list[str]


@dataclass(frozen=True, slots=True)
class Preview:
    """`count` of `total` contacts are in the segment; `permitted` of them may get promotions.

    `too_slow`: the count took too long and was cancelled; there are no numbers.
    """

    count: int = 0
    total: int = 0
    permitted: int = 0
    examples: list[Example] = field(default_factory=list)
    too_slow: bool = False


def preview(workspace: Workspace, tree: Node, known: Catalogue, *, patience: float) -> Preview:
    """Returns the numbers and ten sample contacts of a tree. `patience`: seconds that each statement may take
    (`lib.web.patience_of`). Raises `BrokenSegment`."""
    found = members_sql(workspace, tree, clock.now(), known=known)
    try:
        with time_limit(patience):
            if _asks_permission(tree):
                count = permitted = count_contacts(workspace, tree, known=known)
            else:
                count, permitted = _count_with_permission(workspace, found)
            total = count_contacts(workspace, EVERYONE, known=known)
            contacts = sample_contacts(workspace, tree, known=known)
    except TooSlowError:
        return Preview(too_slow=True)
    ids = [contact.pk for contact in contacts]
    phones, tags = phones_of(workspace, ids), tags_of(ids)
    examples = [Example(contact, phones.get(contact.pk, ""), tags.get(contact.pk, [])) for contact in contacts]
    return Preview(count, total, permitted, examples)


def _count_with_permission(workspace: Workspace, members: SegmentSql) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(k.contact_id) "  # values are bound
            f"FROM ({members.sql}) s LEFT JOIN consent_consent k ON k.contact_id = s.id AND k.workspace_id = %s "
            "AND k.purpose = 'marketing' AND k.state = 'granted'",
            (*members.params, workspace.pk),
        )
        count, permitted = cursor.fetchone()
    return count, permitted


def _asks_permission(tree: Node) -> bool:
    """Whether the segment itself requires permission for promotions, so that every member of it may get them."""
    return any(part == _PERMITTED for part in (tree.children if isinstance(tree, All) else (tree,)))
