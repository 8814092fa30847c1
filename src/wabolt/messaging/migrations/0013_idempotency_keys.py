"""Adds idempotency keys for every origin, and moves flags and buttons from `variables` to columns."""

from django.db import migrations, models

# Messages that were queued before keys existed get one that names the message itself.
KEYS = """
UPDATE messaging_message
   SET idempotency_key = 'message:' || id
 WHERE direction = 'outbound' AND origin_kind NOT IN ('broadcast', 'phone')
"""
COLUMNS = """
UPDATE messaging_message
   SET to_strangers = coalesce((variables ->> 'to_strangers')::boolean, false),
       choices = coalesce(variables -> 'choices', '[]'),
       choices_label = left(coalesce(variables ->> 'choices_label', ''), 40),
       variables = variables - ARRAY['to_strangers', 'choices', 'choices_label', 'form_key']
 WHERE variables ?| ARRAY['to_strangers', 'choices', 'choices_label', 'form_key']
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0012_media_is_gone")]

    operations = [
        migrations.RemoveConstraint(
            model_name="message",
            name="message_of_broadcast_once",
        ),
        migrations.AddField(
            model_name="conversation",
            name="dialog_data",
            field=models.JSONField(db_default={}, default=dict, help_text="what that responder has to remember"),
        ),
        migrations.AddField(
            model_name="conversation",
            name="dialog_kind",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="name of the responder that waits for an answer here",
                max_length=40,
            ),
        ),
        migrations.AddField(
            model_name="conversation",
            name="dialog_until",
            field=models.DateTimeField(help_text="the dialog ends by itself at this moment", null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="choices",
            field=models.JSONField(db_default=[], default=list, help_text="reply buttons: [{id, title, description}]"),
        ),
        migrations.AddField(
            model_name="message",
            name="choices_label",
            field=models.CharField(blank=True, db_default="", help_text="opens the list of choices", max_length=40),
        ),
        migrations.AddField(
            model_name="message",
            name="idempotency_key",
            field=models.CharField(
                help_text="null: origin kind, origin id and contact are the key", max_length=120, null=True
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="to_strangers",
            field=models.BooleanField(db_default=False, default=False, help_text="also to people who never wrote"),
        ),
        migrations.AlterField(
            model_name="message",
            name="variables",
            field=models.JSONField(default=dict, help_text="values for the text, fixed at queueing (voucher code)"),
        ),
        migrations.RunSQL(KEYS, migrations.RunSQL.noop),
        migrations.RunSQL(COLUMNS, migrations.RunSQL.noop),
    ]
