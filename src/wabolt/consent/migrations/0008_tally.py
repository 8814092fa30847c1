from django.db import migrations

from wabolt.contacts.registry import TallySource, keep_tally


class Migration(migrations.Migration):
    dependencies = [("consent", "0007_stop_doubt"), ("contacts", "0014_tally_sums")]

    operations = [
        keep_tally(
            TallySource(
                "consents",
                "consent_consent",
                "SELECT workspace_id, workspace_id AS subject, state AS part, 1 AS amount FROM {rows}"
                " WHERE purpose = 'marketing'",
            )
        ),
    ]
