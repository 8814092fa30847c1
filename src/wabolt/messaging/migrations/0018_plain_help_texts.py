import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0002_plain_help_texts"),
        ("messaging", "0017_to_phone"),
    ]

    operations = [
        migrations.AlterField(
            model_name="conversation",
            name="dialog_data",
            field=models.JSONField(db_default={}, default=dict, help_text="state of that responder"),
        ),
        migrations.AlterField(
            model_name="conversation",
            name="dialog_kind",
            field=models.CharField(
                blank=True, db_default="", help_text="name of the responder that waits for an answer", max_length=40
            ),
        ),
        migrations.AlterField(
            model_name="conversation",
            name="dialog_until",
            field=models.DateTimeField(help_text="end of the dialog", null=True),
        ),
        migrations.AlterField(
            model_name="conversation",
            name="seen_at",
            field=models.DateTimeField(help_text="when `seen_id` last changed", null=True),
        ),
        migrations.AlterField(
            model_name="conversation",
            name="seen_id",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="id of the newest inbound message that a member has seen"
            ),
        ),
        migrations.AlterField(
            model_name="conversation",
            name="told_id",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="id of the newest inbound message with a read receipt from us"
            ),
        ),
        migrations.AlterField(
            model_name="incomingfile",
            name="kind",
            field=models.CharField(
                choices=[
                    ("image", "Picture"),
                    ("video", "Video"),
                    ("audio", "Sound"),
                    ("document", "Document"),
                    ("sticker", "Sticker"),
                ],
                help_text="claimed by the sender",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="incomingfile",
            name="mime_type",
            field=models.CharField(blank=True, help_text="claimed by the sender", max_length=100),
        ),
        migrations.AlterField(
            model_name="incomingfile",
            name="next_try_at",
            field=models.DateTimeField(help_text="null: no further attempt", null=True),
        ),
        migrations.AlterField(
            model_name="incomingfile",
            name="reference",
            field=models.JSONField(default=dict, help_text="what the provider needs to fetch it; emptied afterwards"),
        ),
        migrations.AlterField(
            model_name="incomingfile",
            name="size",
            field=models.BigIntegerField(help_text="bytes, as the vendor reports", null=True),
        ),
        migrations.AlterField(
            model_name="incomingfile",
            name="why",
            field=models.CharField(blank=True, help_text="error of the last attempt, for diagnosis", max_length=200),
        ),
        migrations.AlterField(
            model_name="lane",
            name="resume_at",
            field=models.DateTimeField(help_text="automatic end of a pause", null=True),
        ),
        migrations.AlterField(
            model_name="lane",
            name="retry_at",
            field=models.DateTimeField(help_text="the provider asked for a pause: nothing is sent before", null=True),
        ),
        migrations.AlterField(
            model_name="message",
            name="choices_label",
            field=models.CharField(
                blank=True, db_default="", help_text="label of the button that opens the choices", max_length=40
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="media",
            field=models.ForeignKey(
                db_index=False,
                help_text="the message's own file; without one, the content's file is sent",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="media.mediafile",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="text",
            field=models.TextField(
                blank=True, help_text="text that the contact sees; with `content`: empty until rendered"
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="to_phone",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="E.164; a test send goes to this number, not to the contact",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="to_strangers",
            field=models.BooleanField(db_default=False, default=False, help_text="also for contacts who never wrote"),
        ),
        migrations.AlterField(
            model_name="messagecontent",
            name="expires_at",
            field=models.DateTimeField(help_text="messages that are still queued then are cancelled", null=True),
        ),
        migrations.AlterField(
            model_name="messagecontent",
            name="media",
            field=models.ForeignKey(
                db_index=False,
                help_text="the file; `text` is its caption",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="media.mediafile",
            ),
        ),
        migrations.AlterField(
            model_name="pricerate",
            name="as_of",
            field=models.DateField(help_text="first day of the price, as the owner entered it"),
        ),
        migrations.AlterField(
            model_name="receipt",
            name="resend_at",
            field=models.DateTimeField(help_text="the vendor accepts another attempt from this time", null=True),
        ),
    ]
