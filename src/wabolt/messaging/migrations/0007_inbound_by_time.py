from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0006_resend")]
    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("direction", "inbound")),
                fields=["workspace", "created_at"],
                include=("contact",),
                name="message_inbound_by_time",
            ),
        ),
    ]
