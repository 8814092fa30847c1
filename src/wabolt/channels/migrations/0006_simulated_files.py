import django.db.models.deletion
from django.db import migrations, models

import wabolt.lib.clock


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0005_old_chats"),
    ]

    operations = [
        migrations.AddField(
            model_name="channel",
            name="shows_reading",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="people see when a member has read them, and that an answer is typed",
            ),
        ),
        migrations.CreateModel(
            name="SimulatedFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=100)),
                ("mime_type", models.CharField(max_length=100)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("data", models.BinaryField()),
                ("at", models.DateTimeField(default=wabolt.lib.clock.now)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="channels.channel"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("channel", "key"), name="simulated_file_once")],
            },
        ),
    ]
