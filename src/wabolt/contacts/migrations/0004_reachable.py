"""Adds whether a message can reach a contact, and the indexes for the filters of the contact list."""

from django.db import migrations, models
from django.db.models import Q

FILL = """
UPDATE contacts_contact c SET reachable = true
WHERE EXISTS (SELECT 1 FROM contacts_identity i WHERE i.contact_id = c.id
              AND i.kind IN ('phone', 'lid', 'bsuid', 'username'))
"""


class Migration(migrations.Migration):
    # An index cannot be made in the transaction that has changed the rows.
    atomic = False
    dependencies = [("contacts", "0003_partitions_and_erased")]
    operations = [
        migrations.AddField(
            model_name="contact",
            name="reachable",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="has an address that a message can go to; kept by contacts.services together with `search`",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=Q(("erased_at", None), ("reachable", False)),
                fields=["workspace", "-id"],
                name="contact_unreachable",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["workspace", "source"], name="contact_source"),
        ),
    ]
