"""Signals of contacts. Each is sent inside the transaction of the change."""

from collections.abc import Sequence
from typing import NamedTuple

from django.dispatch import Signal


class Permissions(NamedTuple):
    """The answer of a receiver of `contacts_staged`: the number of permissions granted, and the rows that ended one."""

    granted: int = 0
    ended: Sequence[int] = ()


contacts_staged = Signal()
"""Once per chunk of a contact import, after its contacts are written and before it commits.

`imported`: the Import. `table`: the name of a TEMP table, one row per person of the chunk:
`import_stage(row bigint, contact_id bigint, is_new bool, consent text ('yes', 'no', 'out' or NULL), phone text, ...)`.
`consent` is 'yes' only where the importer also stated where and how it was given
(`imported.options["consent_statement"]`), 'no' wherever the column says so, and 'out' for a person who has left the
promotions. A receiver that grants or ends permissions answers `Permissions`.
"""

refusals_counted = Signal()
"""Before an import, with `workspace` and `contact_ids` (list): people whose row says no to promotions. A receiver
answers for how many of them (int) that would end a permission; nothing is written."""

contacts_merged = Signal()
"""Sent after a merge with `workspace`, `kept_id`, `absorbed_id` and `moved` ({table: ids of rows}). Rows of registered
tables have moved already. A dict that a receiver returns, {its own name: plain JSON}, is handed back with
`contacts_parted`."""

contacts_parted = Signal()
"""Sent after the undo of a merge with `workspace`, `kept_id`, `absorbed_id` and `noted` (the answers to
`contacts_merged`). Rows have moved back already."""

identities_replaced = Signal()
"""Sent after a change of addresses with `workspace`, `contact_id` (None: no contact had the old ones), `old` and `new`
(lists of (kind, value)). The new addresses are stored already."""

erased_returned = Signal()
"""Sent with `workspace`, `contact_id` and `identities` (list of (kind, value)) after a contact got addresses of a
person whose data was erased."""

contacts_erased = Signal()
"""Sent with `workspace` and `contact_ids` (list) before these people are erased; their identities still exist."""
