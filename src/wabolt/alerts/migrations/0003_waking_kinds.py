import django.contrib.postgres.fields
from django.db import migrations, models

NEVER = "UPDATE alerts_quiethours SET waking = '{}' WHERE NOT breaks_quiet"


class Migration(migrations.Migration):
    """Each member chooses the kinds that come in their quiet hours too."""

    dependencies = [("alerts", "0002_deliveries")]

    operations = [
        migrations.AddField(
            "quiethours",
            "waking",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                help_text="kinds that come at once; null: the critical ones",
                null=True,
                size=None,
            ),
        ),
        migrations.RunSQL(NEVER, migrations.RunSQL.noop),
        migrations.RemoveField("quiethours", "breaks_quiet"),
    ]
