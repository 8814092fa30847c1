import django.db.models.deletion
from django.db import migrations, models

import wabolt.lib.clock


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("messaging", "0003_templates_and_prices"),
    ]

    operations = [
        migrations.CreateModel(
            name="MediaFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(help_text="of `data`, in hexadecimal", max_length=64)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("image", "Picture"),
                            ("video", "Video"),
                            ("audio", "Sound"),
                            ("document", "Document"),
                            ("sticker", "Sticker"),
                        ],
                        max_length=10,
                    ),
                ),
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
        migrations.AddField(
            model_name="message",
            name="media",
            field=models.ForeignKey(
                db_index=False,
                help_text="what it carries itself; of a content, the content's media goes along",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="messaging.mediafile",
            ),
        ),
        migrations.AddField(
            model_name="messagecontent",
            name="media",
            field=models.ForeignKey(
                db_index=False,
                help_text="`text` is its caption",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="messaging.mediafile",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(condition=models.Q(("media__isnull", False)), fields=["media"], name="message_media"),
        ),
        migrations.AddIndex(
            model_name="messagecontent",
            index=models.Index(condition=models.Q(("media__isnull", False)), fields=["media"], name="content_media"),
        ),
        migrations.AddConstraint(
            model_name="mediafile",
            constraint=models.UniqueConstraint(
                fields=("workspace", "sha256", "kind", "mime_type"), name="media_file_once"
            ),
        ),
        # Pictures and documents are compressed already. Compressing them again costs time and saves no space.
        migrations.RunSQL(
            "ALTER TABLE messaging_mediafile ALTER COLUMN data SET STORAGE EXTERNAL",
            "ALTER TABLE messaging_mediafile ALTER COLUMN data SET STORAGE EXTENDED",
        ),
    ]
