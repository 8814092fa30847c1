"""Adds to an inbound message the message of ours that it replies to."""

import django.db.models.deletion
from django.db import migrations, models

# The event log holds the first reply to each message.
FILL = """
UPDATE messaging_message r SET in_reply_to_id = m.id
  FROM contacts_event e
  JOIN messaging_message m ON m.id = (e.data->>'to')::bigint
 WHERE e.kind = 'broadcast_replied' AND r.id = (e.data->>'message')::bigint
   AND r.workspace_id = e.workspace_id AND m.workspace_id = e.workspace_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0010_consumers"),
        ("messaging", "0019_member_phone"),
    ]
    operations = [
        migrations.AddField(
            "message",
            "in_reply_to",
            models.ForeignKey(
                db_index=False,
                help_text="inbound: our message that it replies to, as defined in inbound/replies.py",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="messaging.message",
            ),
        ),
        # ALTER TABLE is refused while deferred checks of the new key are pending.
        migrations.RunSQL(FILL + "; SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddIndex(
            "message",
            models.Index(
                fields=["in_reply_to"],
                name="message_in_reply_to",
                condition=models.Q(in_reply_to__isnull=False),
            ),
        ),
        migrations.RemoveIndex("message", "message_inbound_by_time"),
    ]
