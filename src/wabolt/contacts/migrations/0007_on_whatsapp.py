from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0006_known_different"),
    ]

    operations = [
        migrations.AddField(
            model_name="identity",
            name="checked_at",
            field=models.DateTimeField(help_text="when WhatsApp was last asked", null=True),
        ),
        migrations.AddField(
            model_name="identity",
            name="on_whatsapp",
            field=models.BooleanField(help_text="of a phone number: what WhatsApp said; null: nothing yet", null=True),
        ),
        migrations.AddIndex(
            model_name="identity",
            index=models.Index(
                condition=models.Q(("on_whatsapp", False)), fields=["contact"], name="identity_not_on_whatsapp"
            ),
        ),
    ]
