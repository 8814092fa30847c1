"""Adds the unique indexes and the check that enforce one message per idempotency key."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0013_idempotency_keys")]

    operations = [
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("direction", "outbound"), ("idempotency_key__isnull", True), ("origin_id__isnull", False)
                ),
                fields=("origin_id", "contact", "origin_kind"),
                name="message_of_origin_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("idempotency_key__isnull", False)),
                fields=("workspace", "idempotency_key"),
                name="message_key_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("direction", "inbound"),
                    ("origin_kind", "phone"),
                    ("origin_id__isnull", False),
                    ("idempotency_key__isnull", False),
                    _connector="OR",
                ),
                name="message_has_key",
            ),
        ),
    ]
