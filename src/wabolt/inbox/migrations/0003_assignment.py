import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import wabolt.lib.clock


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0002_opening_hours"),
        ("accounts", "0006_opening_times"),
        ("messaging", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=wabolt.lib.clock.now)),
                (
                    "by",
                    models.ForeignKey(
                        help_text="None: a rule or a journey",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "conversation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="messaging.conversation"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["user", "workspace"], name="assignment_of_user")]},
        ),
    ]
