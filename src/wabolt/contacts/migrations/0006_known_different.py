import django.db.models.deletion
from django.db import migrations, models

import wabolt.lib.clock


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_one_time_links"), ("contacts", "0005_merges")]
    operations = [
        migrations.CreateModel(
            name="KnownDifferent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=wabolt.lib.clock.now)),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="contacts.contact"
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="contacts.contact"
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("first", "second"), name="known_different_once")]},
        ),
    ]
