from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("broadcasts", "0010_tallies"),
    ]

    operations = [
        migrations.AlterField(
            model_name="broadcast",
            name="problem",
            field=models.CharField(
                blank=True, help_text="sentence: why it did not start or was paused", max_length=300
            ),
        ),
        migrations.AlterField(
            model_name="broadcast",
            name="promised",
            field=models.PositiveIntegerField(
                help_text="recipients that the start button named; null: none", null=True
            ),
        ),
    ]
