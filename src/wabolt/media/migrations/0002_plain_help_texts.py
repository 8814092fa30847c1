from django.db import migrations, models

import wabolt.lib.clock


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="mediafile",
            name="kept_at",
            field=models.DateTimeField(
                default=wabolt.lib.clock.now, help_text="last time of storing; a recent file is not purged"
            ),
        ),
        migrations.AlterField(
            model_name="mediafile",
            name="name",
            field=models.CharField(blank=True, help_text="original file name; shown for documents", max_length=200),
        ),
    ]
