"""Adds monthly partitions of the event log, the erasure log, and the warnings of an import."""

import django.db.models.deletion
from django.db import migrations, models

import wabolt.lib.clock


def make_partitions(_apps: object, _schema_editor: object) -> None:
    from wabolt.contacts.services.events import MONTHS_BACK, ensure_event_partitions

    ensure_event_partitions(back=MONTHS_BACK)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0002_event_log")]
    operations = [
        # The table is ours (0002); Django may know it, so that a test's clean-up empties it with the others.
        migrations.AlterModelOptions(name="event", options={}),
        migrations.CreateModel(
            name="ErasedIdentity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=10)),
                ("digest", models.CharField(max_length=64)),
                ("at", models.DateTimeField(default=wabolt.lib.clock.now)),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="erasedidentity",
            constraint=models.UniqueConstraint(fields=("workspace", "digest"), name="erased_identity_once"),
        ),
        migrations.AddField(
            model_name="import",
            name="warnings",
            field=models.JSONField(
                default=dict,
                help_text='cells that were left out: {"birth_date:no_such_day": {"count": 140, "rows": [18, 90]}}',
            ),
        ),
        migrations.RunPython(make_partitions, migrations.RunPython.noop),
    ]
