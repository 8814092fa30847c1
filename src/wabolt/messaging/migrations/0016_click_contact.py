"""Adds the contact to a click, so that reports need not read its message."""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
UPDATE messaging_click k SET contact_id = m.contact_id FROM messaging_message m WHERE m.id = k.message_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0010_consumers"),
        ("messaging", "0015_lane_leases"),
    ]
    operations = [
        migrations.AddField(
            "click",
            "contact",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="contacts.contact",
            ),
        ),
        # ALTER TABLE is refused while deferred checks of the new key are pending.
        migrations.RunSQL(FILL + "; SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            "click",
            "contact",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="contacts.contact",
            ),
        ),
        migrations.AddIndex(
            "click",
            models.Index(fields=["contact", "at"], name="click_of_contact", condition=models.Q(is_bot=False)),
        ),
    ]
