from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0008_phone_seen")]
    operations = [
        migrations.AlterField(
            "linkednumber",
            "phone_known",
            models.BooleanField(
                default=False, db_default=False, help_text="the shop's phone has said that it gets our messages"
            ),
        ),
        migrations.AlterField(
            "linkednumber",
            "phone_off_since",
            models.DateTimeField(null=True, help_text="our first message that the phone is silent about"),
        ),
    ]
