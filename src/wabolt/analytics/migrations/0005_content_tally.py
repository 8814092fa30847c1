from django.db import migrations

from wabolt.contacts.registry import TallySource, keep_tally


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0004_carts_and_content_aim"),
        ("contacts", "0014_tally_sums"),
        ("messaging", "0022_importance_and_expiry"),
    ]

    operations = [
        keep_tally(
            TallySource(
                "content_mix",
                "messaging_message",
                "SELECT m.workspace_id, floor(extract(epoch FROM m.sent_at) / 3600)::bigint AS subject,"
                " x.content_class AS part, 1 AS amount"
                " FROM {rows} AS m JOIN messaging_messagecontent x ON x.id = m.content_id"
                " WHERE m.sent_at IS NOT NULL AND m.state IN ('sent', 'delivered', 'read')"
                " AND m.origin_kind IN ('broadcast', 'journey')",
            )
        ),
    ]
