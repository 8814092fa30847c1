"""Attributes orders to every origin with an attribution window. Contacts with a click or voucher of one become touched."""

from django.db import migrations, models

TOUCH = """
INSERT INTO analytics_touchedcontact (workspace_id, contact_id)
SELECT m.workspace_id, k.contact_id
  FROM messaging_click k JOIN messaging_message m ON m.id = k.message_id
 WHERE NOT k.is_bot AND k.contact_id IS NOT NULL AND m.origin_kind NOT IN ('broadcast', 'journey')
 UNION
SELECT o.workspace_id, o.contact_id
  FROM commerce_voucher v JOIN commerce_order o ON o.id = v.order_id
 WHERE v.origin_kind NOT IN ('broadcast', 'journey')
"""


class Migration(migrations.Migration):
    dependencies = [("analytics", "0002_origins")]

    operations = [
        migrations.AlterField(
            "attribution", "origin_kind", models.CharField(help_text="as in Message.origin_kind", max_length=20)
        ),
        migrations.AlterField("attribution", "origin_id", models.BigIntegerField(help_text="as in Message.origin_id")),
        migrations.RunSQL(TOUCH, migrations.RunSQL.noop),
    ]
