"""Lets the shop choose only the number and not the template, because the template is made from the text of the form."""

import django.db.models.deletion
from django.db import migrations, models

HELP = (
    "asks the owner of a typed number for a YES (double opt-in), with a template that is made for the text of the form;"
    " null: no message goes to typed numbers"
)


class Migration(migrations.Migration):
    dependencies = [("optin", "0010_then")]

    operations = [
        migrations.RemoveField("optinsettings", "template"),
        migrations.AddField(
            "optinsettings",
            "asking_channel",
            models.ForeignKey(
                help_text=HELP,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="channels.channel",
            ),
        ),
    ]
