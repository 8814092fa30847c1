from django.db import migrations

from wabolt.contacts.registry import TallySource, keep_tally


class Migration(migrations.Migration):
    dependencies = [
        ("broadcasts", "0009_promised"),
        ("contacts", "0014_tally_sums"),
        ("messaging", "0017_to_phone"),
    ]

    operations = [
        keep_tally(
            TallySource(
                "broadcast_messages",
                "messaging_message",
                "SELECT workspace_id, origin_id AS subject, state AS part, 1 AS amount FROM {rows}"
                " WHERE origin_kind = 'broadcast'",
            )
        ),
        keep_tally(
            TallySource(
                "broadcast_recipients",
                "broadcasts_recipient",
                "SELECT b.workspace_id, r.broadcast_id AS subject, r.outcome AS part, 1 AS amount"
                " FROM {rows} AS r JOIN broadcasts_broadcast b ON b.id = r.broadcast_id"
                " WHERE r.outcome IN ('suppressed', 'held_out')",
            )
        ),
    ]
