from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0008_inbox")]
    operations = [
        migrations.AddField(
            model_name="messagecontent",
            name="expires_at",
            field=models.DateTimeField(null=True, help_text="who has not got it by then gets it no more"),
        ),
    ]
