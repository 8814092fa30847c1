from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("broadcasts", "0004_media")]
    operations = [
        migrations.AddField(
            model_name="broadcast",
            name="expires_hours",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="so long after its start it goes to nobody else; 0: by itself (rules.expiry)"
            ),
        ),
        migrations.AlterField(
            model_name="broadcast",
            name="problem",
            field=models.CharField(max_length=300, blank=True, help_text="why it did not start by itself, in words"),
        ),
    ]
