from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("broadcasts", "0005_expiry")]
    operations = [
        migrations.AddField(
            model_name="broadcast",
            name="resumed_at",
            field=models.DateTimeField(null=True, help_text="when somebody last let it go on"),
        ),
        migrations.AlterField(
            model_name="broadcast",
            name="problem",
            field=models.CharField(
                max_length=300, blank=True, help_text="why it did not start, or stopped by itself, in words"
            ),
        ),
    ]
