from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0005_incoming_files")]
    operations = [
        migrations.AddField(
            model_name="receipt",
            name="resend_at",
            field=models.DateTimeField(
                null=True, help_text="failed for now: the vendor takes another try from here on"
            ),
        ),
    ]
