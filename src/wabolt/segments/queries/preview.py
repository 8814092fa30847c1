"""The numbers and sample contacts that the builder shows next to a segment."""

from dataclasses import dataclass, field

from django.db import OperationalError, connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import phones_of, tags_of
from wabolt.lib import clock
from wabolt.segments.rules import EVERYONE, All, Catalogue, Condition, Node

from .live import members_sql
from .people import count_contacts, sample_contacts

# A person waits for the page. A count that takes longer is left out.
PATIENCE = "8s"
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

    `too_slow`: the count took longer than PATIENCE and was cancelled; there are no numbers.
    """

    count: int = 0
    total: int = 0
    permitted: int = 0
    examples: list[Example] = field(default_factory=list)
    too_slow: bool = False


def preview(workspace: Workspace, tree: Node, known: Catalogue) -> Preview:
    """Return the numbers and ten sample contacts of a tree. Raises `BrokenSegment`."""
    found = members_sql(workspace, tree, clock.now(), known=known)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [PATIENCE])
            if _asks_permission(tree):
                count = permitted = count_contacts(workspace, tree, known=known)
            else:
                cursor.execute(
                    "SELECT count(*), count(k.contact_id) "  # values are bound
                    f"FROM ({found.sql}) s LEFT JOIN consent_consent k ON k.contact_id = s.id AND k.workspace_id = %s "
                    "AND k.purpose = 'marketing' AND k.state = 'granted'",
                    (*found.params, workspace.pk),
                )
                count, permitted = cursor.fetchone()
            total = count_contacts(workspace, EVERYONE, known=known)
            contacts = sample_contacts(workspace, tree, known=known)
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError:
        return Preview(too_slow=True)
    ids = [contact.pk for contact in contacts]
    phones, tags = phones_of(workspace, ids), tags_of(ids)
    examples = [Example(contact, phones.get(contact.pk, ""), tags.get(contact.pk, [])) for contact in contacts]
    return Preview(count, total, permitted, examples)


def _asks_permission(tree: Node) -> bool:
    """Whether the segment itself requires permission for promotions, so that every member of it may get them."""
    return any(part == _PERMITTED for part in (tree.children if isinstance(tree, All) else (tree,)))
