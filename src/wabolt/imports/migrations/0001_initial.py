"""Takes over the three tables of imports from contacts. They are renamed, so rows, permissions and links stay."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import wabolt.lib.clock

TABLES = ("import", "importpart", "importrejection")


def move_tables(source: str, target: str):
    def move(apps, schema_editor):
        with schema_editor.connection.cursor() as cursor:
            for name in TABLES:
                cursor.execute(f"ALTER TABLE {source}_{name} RENAME TO {target}_{name}")
                cursor.execute(f"ALTER SEQUENCE {source}_{name}_id_seq RENAME TO {target}_{name}_id_seq")
        # Content types keep their ids, and with them the permissions that point to them.
        kinds = apps.get_model("contenttypes", "ContentType").objects
        kinds.filter(app_label=target, model__in=TABLES).delete()
        kinds.filter(app_label=source, model__in=TABLES).update(app_label=target)

    return move


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("accounts", "0001_initial"),
        ("contacts", "0007_on_whatsapp"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.RunPython(move_tables("contacts", "imports"), move_tables("imports", "contacts")),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Import",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(choices=[("contacts", "Contacts"), ("orders", "Orders")], max_length=10),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("mapping", "Choosing columns"),
                                    ("queued", "Waiting"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="mapping",
                                max_length=10,
                            ),
                        ),
                        ("filename", models.CharField(max_length=255)),
                        ("size", models.BigIntegerField(help_text="bytes")),
                        ("sha256", models.CharField(max_length=64)),
                        ("encoding", models.CharField(blank=True, max_length=20)),
                        ("delimiter", models.CharField(blank=True, max_length=1)),
                        ("header_row", models.PositiveIntegerField(default=0)),
                        ("columns", models.JSONField(default=list)),
                        (
                            "mapping",
                            models.JSONField(
                                default=dict, help_text='{"0": "name", "3": "field:size"}: column index to target'
                            ),
                        ),
                        (
                            "options",
                            models.JSONField(
                                default=dict, help_text="day_first, sheet, sample rows, and what the importer asked"
                            ),
                        ),
                        ("next_row", models.BigIntegerField(default=0, help_text="data rows already committed")),
                        ("rows_total", models.BigIntegerField(null=True)),
                        ("created", models.BigIntegerField(default=0)),
                        ("updated", models.BigIntegerField(default=0)),
                        ("unchanged", models.BigIntegerField(default=0)),
                        ("rejected", models.BigIntegerField(default=0)),
                        (
                            "consents",
                            models.BigIntegerField(default=0, help_text="permissions that the import granted"),
                        ),
                        (
                            "warnings",
                            models.JSONField(
                                default=dict,
                                help_text='cells that were skipped: {"birth_date:no_such_day": {"count": 140, "rows": [18, 90]}}',
                            ),
                        ),
                        (
                            "error",
                            models.JSONField(default=dict, help_text="{code, params} when the state is failed"),
                        ),
                        ("created_at", models.DateTimeField(default=wabolt.lib.clock.now)),
                        ("started_at", models.DateTimeField(null=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "workspace",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="imports",
                                to="accounts.workspace",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ImportPart",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("data", models.BinaryField()),
                        (
                            "imported",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="imports.import"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("imported", "position"), name="import_part_once")
                        ]
                    },
                ),
                migrations.CreateModel(
                    name="ImportRejection",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("row", models.BigIntegerField(help_text="row number as the owner sees it in the file")),
                        ("cells", models.JSONField()),
                        ("code", models.CharField(max_length=40)),
                        ("params", models.JSONField(default=dict)),
                        (
                            "imported",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rejections",
                                to="imports.import",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("imported", "row"), name="import_rejection_once")
                        ]
                    },
                ),
            ],
        ),
        migrations.AlterField(
            model_name="import",
            name="kind",
            field=models.CharField(help_text="key of a registered importer", max_length=40),
        ),
    ]
