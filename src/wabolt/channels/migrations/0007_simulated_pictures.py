from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0006_simulated_files")]

    operations = [
        migrations.AddField(
            model_name="simulateddelivery",
            name="file_key",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="of the SimulatedFile that `text` stands under",
                max_length=100,
            ),
        ),
    ]
