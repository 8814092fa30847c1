"""What other rooms may hear from contacts. All are sent inside the transaction of the change they tell of."""

from collections.abc import Sequence
from typing import NamedTuple

from django.dispatch import Signal


class Permissions(NamedTuple):
    """What a receiver of `contacts_staged` did: how many it granted, and the rows by which one has ended."""

    granted: int = 0
    ended: Sequence[int] = ()


contacts_staged = Signal()
"""Once per chunk of a contact import, after its contacts are written and before it commits.

`imported`: the Import. `table`: the name of a TEMP table, one row per person of the chunk:
`import_stage(row bigint, contact_id bigint, is_new bool, consent text ('yes', 'no' or NULL), phone text, ...)`.
`consent` is 'yes' only where the importer also stated where and how it was given
(`imported.options["consent_statement"]`); 'no' wherever the column says so. A receiver that grants or ends permissions
answers `Permissions`.
"""

refusals_counted = Signal()
"""Before an import, with `workspace` and `contact_ids` (list): people whose row says no to promotions. A receiver
answers for how many of them (int) that would end a permission; nothing is written."""

contacts_merged = Signal()
"""`workspace`, `kept_id`, `absorbed_id`, `moved` ({table: ids of rows}): one person now; rows of registered tables have
changed hands already. A dict that a receiver answers, {its own name: plain JSON}, comes back with `contacts_parted`."""

contacts_parted = Signal()
"""`workspace`, `kept_id`, `absorbed_id`, `noted` (what receivers answered to `contacts_merged`): two people again; what
the absorbed one brought is theirs again already."""

identities_replaced = Signal()
"""`workspace`, `contact_id` (None: nobody here had the old ones), `old`, `new` (lists of (kind, value)): a person who
was known under the old addresses is known under the new ones. They stand already."""

erased_returned = Signal()
"""`workspace`, `contact_id`, `identities` (list of (kind, value)): a contact was given addresses of a person whose data
was erased. Sent after the addresses are stored."""

contacts_erased = Signal()
"""`workspace`, `contact_ids` (list): these people are about to be emptied; their identities still stand."""
