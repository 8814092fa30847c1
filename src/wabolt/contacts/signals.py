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
"""`workspace`, `kept_id`, `absorbed_id`: one person now; rows of registered tables have changed hands already."""

contacts_parted = Signal()
"""`workspace`, `kept_id`, `absorbed_id`: two people again; what the absorbed one brought is theirs again already."""

contacts_erased = Signal()
"""`workspace`, `contact_ids` (list): these people are about to be emptied; their identities still stand."""
