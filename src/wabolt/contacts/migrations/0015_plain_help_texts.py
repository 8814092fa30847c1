from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0014_tally_sums"),
    ]

    operations = [
        migrations.AlterField(
            model_name="contact",
            name="last_inbound_at",
            field=models.DateTimeField(help_text="time of the last inbound message; null: none", null=True),
        ),
        migrations.AlterField(
            model_name="contact",
            name="whatsapp_name",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="name in the person's WhatsApp profile", max_length=200
            ),
        ),
        migrations.AlterField(
            model_name="merge",
            name="before",
            field=models.JSONField(
                default=dict, help_text="values of both contacts; emptied when the person is erased"
            ),
        ),
        migrations.AlterField(
            model_name="merge",
            name="moved",
            field=models.JSONField(default=dict, help_text="{table: ids of the moved rows}"),
        ),
    ]
