"""A click carries its contact, so that reports do not read the message of every click."""

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
        # Deferred checks of the new key would stand in the way of ALTER TABLE.
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
