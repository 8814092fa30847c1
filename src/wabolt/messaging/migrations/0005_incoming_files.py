import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0004_linked_numbers"),
        ("messaging", "0004_media"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="seen_at",
            field=models.DateTimeField(help_text="when that was", null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="seen_id",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="newest message of theirs that a member has seen"
            ),
        ),
        migrations.AddField(
            model_name="conversation",
            name="told_id",
            field=models.BigIntegerField(db_default=0, default=0, help_text="newest one that they know to be read"),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("seen_id__gt", models.F("told_id"))),
                fields=["channel"],
                name="conversation_to_tell",
            ),
        ),
        migrations.CreateModel(
            name="IncomingFile",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="file",
                        serialize=False,
                        to="messaging.message",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Loading…"),
                            ("done", "Loaded"),
                            ("gone", "No longer at WhatsApp. Look on the shop's phone, or ask for it once more."),
                            ("too_big", "Too big to load here. Look on the shop's phone."),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
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
                        help_text="as the sender says",
                        max_length=10,
                    ),
                ),
                ("mime_type", models.CharField(blank=True, help_text="as the sender says", max_length=100)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("size", models.BigIntegerField(help_text="in bytes, as the vendor says", null=True)),
                (
                    "reference",
                    models.JSONField(
                        default=dict, help_text="what the provider fetches it by; emptied once that is over"
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(help_text="null: not asked for any more", null=True)),
                (
                    "why",
                    models.CharField(
                        blank=True, help_text="what the last try said, for whoever looks for a fault", max_length=200
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="channels.channel",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["channel", "next_try_at"],
                        name="incoming_file_waiting",
                    )
                ],
            },
        ),
    ]
