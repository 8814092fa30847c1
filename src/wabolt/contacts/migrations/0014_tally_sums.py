from django.db import migrations, models

from wabolt.contacts.registry import TallySource, keep_tally

# Replaces the consumer of the event log that kept these figures by triggers.
FORGET = """
DELETE FROM contacts_parkedevent WHERE consumer_id = 'tallies';
DELETE FROM contacts_consumer WHERE name = 'tallies';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_user_sessions_version"),
        ("contacts", "0013_whatsapp_name"),
    ]

    operations = [
        migrations.RunSQL(FORGET, migrations.RunSQL.noop),
        migrations.DeleteModel("Tally"),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("subject", models.BigIntegerField(help_text="id of what is counted, such as a broadcast")),
                ("part", models.CharField(help_text="what is counted of the subject, such as a state", max_length=40)),
                ("amount", models.BigIntegerField(help_text="may be negative")),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=models.DO_NOTHING,
                        related_name="+",
                        to="accounts.workspace",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["workspace", "name", "subject", "part"], include=["amount"], name="tally_of_subject"
                    )
                ],
            },
        ),
        keep_tally(
            TallySource(
                "contacts",
                "contacts_contact",
                "SELECT workspace_id, workspace_id AS subject, 'known' AS part, 1 AS amount FROM {rows}"
                " WHERE erased_at IS NULL",
            )
        ),
    ]
