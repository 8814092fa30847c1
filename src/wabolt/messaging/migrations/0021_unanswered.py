"""Counts unanswered messages: a conversation waits until a member answers it, not until a member opens it."""

from django.db import migrations, models
from django.db.models import Q

FILL = "UPDATE messaging_conversation SET unanswered = unread WHERE unread > 0"

# The data for the undo of a merge gets the number of unanswered messages as third value.
FILL_MERGES = """
UPDATE contacts_merge m
   SET before = jsonb_set(m.before, '{noted,conversations}', coalesce((
       SELECT jsonb_agg(one || jsonb_build_array(one->1))
         FROM jsonb_array_elements(m.before #> '{noted,conversations}') AS one), '[]'))
 WHERE jsonb_typeof(m.before #> '{noted,conversations}') = 'array'
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0010_consumers"), ("messaging", "0020_in_reply_to")]
    operations = [
        migrations.AddField(
            "conversation",
            "unanswered",
            models.PositiveIntegerField(
                default=0,
                db_default=0,
                help_text="inbound messages since a member last answered or marked the conversation as done",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(FILL_MERGES, migrations.RunSQL.noop),
        migrations.RemoveIndex("conversation", "conversation_unread"),
        migrations.AddIndex(
            "conversation",
            models.Index(
                fields=["workspace", "-last_inbound_at", "-id"],
                name="conversation_waiting",
                condition=Q(unanswered__gt=0),
            ),
        ),
    ]
