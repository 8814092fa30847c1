"""Takes over MediaFile from messaging. The table is renamed, and its rows stay."""

import django.db.models.deletion
from django.db import migrations, models

import wabolt.lib.clock

RENAME = """
ALTER TABLE messaging_mediafile RENAME TO media_mediafile;
ALTER SEQUENCE messaging_mediafile_id_seq RENAME TO media_mediafile_id_seq;
"""
RENAME_BACK = """
ALTER SEQUENCE media_mediafile_id_seq RENAME TO messaging_mediafile_id_seq;
ALTER TABLE media_mediafile RENAME TO messaging_mediafile;
"""
KINDS = [
    ("image", "Picture"),
    ("video", "Video"),
    ("audio", "Sound"),
    ("document", "Document"),
    ("sticker", "Sticker"),
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("broadcasts", "0006_resumed_at"),
        ("messaging", "0010_media_kept_at"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(RENAME, RENAME_BACK)],
            state_operations=[
                migrations.CreateModel(
                    name="MediaFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("sha256", models.CharField(help_text="of `data`, in hexadecimal", max_length=64)),
                        ("kind", models.CharField(choices=KINDS, max_length=10)),
                        ("mime_type", models.CharField(max_length=100)),
                        (
                            "name",
                            models.CharField(
                                blank=True, help_text="as it was first called; shown for documents", max_length=200
                            ),
                        ),
                        ("size", models.PositiveIntegerField(help_text="of `data`, in bytes")),
                        ("width", models.PositiveIntegerField(null=True)),
                        ("height", models.PositiveIntegerField(null=True)),
                        ("data", models.BinaryField()),
                        ("created_at", models.DateTimeField(default=wabolt.lib.clock.now)),
                        (
                            "kept_at",
                            models.DateTimeField(
                                default=wabolt.lib.clock.now,
                                help_text="when somebody last stored it: nobody uses it yet",
                            ),
                        ),
                        (
                            "workspace",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.workspace",
                            ),
                        ),
                    ],
                ),
                migrations.AddConstraint(
                    model_name="mediafile",
                    constraint=models.UniqueConstraint(
                        fields=("workspace", "sha256", "kind", "mime_type"), name="media_file_once"
                    ),
                ),
            ],
        ),
    ]
