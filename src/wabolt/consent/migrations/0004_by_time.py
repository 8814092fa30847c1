import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0003_wording_is_fixed")]
    operations = [
        migrations.AddIndex(
            model_name="consentevent",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["at"], name="consent_event_by_time", pages_per_range=16
            ),
        ),
        migrations.AddIndex(
            model_name="consentevent",
            index=models.Index(
                condition=models.Q(("action", "withdrawn")),
                fields=["workspace", "at"],
                include=("contact",),
                name="consent_withdrawn_by_time",
            ),
        ),
    ]
