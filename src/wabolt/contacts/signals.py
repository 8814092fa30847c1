"""What other rooms may hear from contacts. All are sent inside the transaction of the change they tell of."""

from django.dispatch import Signal

contacts_staged = Signal()
"""Once per chunk of a contact import, after its contacts are written and before it commits.

`imported`: the Import. `table`: the name of a TEMP table, one row per person of the chunk:
`import_stage(row bigint, contact_id bigint, is_new bool, consent text ('yes', 'no' or NULL), phone text, ...)`.
`consent` is 'yes' only where the importer also stated where and how it was given
(`imported.options["consent_statement"]`). A receiver that grants permissions returns how many as an int.
"""

contacts_merged = Signal()
"""`workspace`, `kept_id`, `absorbed_id`, `moved` ({table: ids of rows}): one person now; rows of registered tables have
changed hands already. A dict that a receiver answers, {its own name: plain JSON}, comes back with `contacts_parted`."""

contacts_parted = Signal()
"""`workspace`, `kept_id`, `absorbed_id`, `noted` (what receivers answered to `contacts_merged`): two people again; what
the absorbed one brought is theirs again already."""

identities_replaced = Signal()
"""`workspace`, `contact_id` (None: nobody here had the old ones), `old`, `new` (lists of (kind, value)): a person who
was known under the old addresses is known under the new ones. They stand already."""

contacts_erased = Signal()
"""`workspace`, `contact_ids` (list): these people are about to be emptied; their identities still stand."""
