from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0007_inbound_by_time")]
    operations = [
        migrations.RemoveIndex(model_name="conversation", name="conversation_newest"),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("last_inbound_at__isnull", False)),
                fields=["workspace", "-last_inbound_at", "-id"],
                name="conversation_wrote",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("unread__gt", 0)),
                fields=["workspace", "-last_inbound_at", "-id"],
                name="conversation_unread",
            ),
        ),
    ]
