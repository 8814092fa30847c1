from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_initial"), ("journeys", "0001_initial")]

    operations = [
        migrations.RemoveIndex("attribution", "attribution_of_broadcast"),
        migrations.RenameField("attribution", "broadcast_id", "origin_id"),
        migrations.AddField(
            "attribution",
            "origin_kind",
            models.CharField(
                default="broadcast", help_text="broadcast or journey, as in Message.origin_kind", max_length=20
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            "attribution",
            "origin_id",
            models.BigIntegerField(help_text="id of the broadcast, or of the journey's step"),
        ),
        migrations.AddIndex(
            "attribution",
            models.Index(
                fields=["workspace", "origin_kind", "origin_id"],
                include=["contact_id", "order_id", "total"],
                name="attribution_of_origin",
            ),
        ),
    ]
