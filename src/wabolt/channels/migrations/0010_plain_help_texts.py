from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0009_phone_words"),
    ]

    operations = [
        migrations.AlterField(
            model_name="linkednumber",
            name="history_until",
            field=models.DateTimeField(help_text="deadline of the OldChat rows; null: none are stored", null=True),
        ),
        migrations.AlterField(
            model_name="linkednumber",
            name="phone_known",
            field=models.BooleanField(
                db_default=False, default=False, help_text="the shop's phone has confirmed our messages before"
            ),
        ),
        migrations.AlterField(
            model_name="linkednumber",
            name="phone_off_since",
            field=models.DateTimeField(help_text="our first message that the phone has not confirmed", null=True),
        ),
        migrations.AlterField(
            model_name="linkednumber",
            name="picture_data",
            field=models.BinaryField(help_text="the picture as a small JPEG", null=True),
        ),
        migrations.AlterField(
            model_name="oldchat",
            name="messages",
            field=models.PositiveIntegerField(help_text="number of messages that WhatsApp delivered"),
        ),
        migrations.AlterField(
            model_name="oldchat",
            name="parts",
            field=models.JSONField(
                default=dict, help_text='messages by "kind of sync:piece"; a repeated piece counts once'
            ),
        ),
        migrations.AlterField(
            model_name="oldchat",
            name="wrote_at",
            field=models.DateTimeField(help_text="time of the person's last message; null: unknown", null=True),
        ),
        migrations.AlterField(
            model_name="simulateddelivery",
            name="file_key",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="key of the SimulatedFile whose caption is `text`",
                max_length=100,
            ),
        ),
        migrations.AlterField(
            model_name="simulateddelivery",
            name="read_at",
            field=models.DateTimeField(help_text="when the person who operates this phone opened the chat", null=True),
        ),
        migrations.AlterField(
            model_name="simulatedreply",
            name="delivered_at",
            field=models.DateTimeField(help_text="when the provider collected it: the second tick", null=True),
        ),
    ]
