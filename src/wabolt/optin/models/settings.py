"""The settings of all public pages of a shop."""

from django.db import models

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.optin.models.points import Entry


class OptinSettings(models.Model):
    """The settings of a shop. A workspace without a row has the defaults."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True, related_name="+")
    proof_of_work = models.BooleanField(
        default=False, help_text="visitors of forms prove that they are no program, also while few of them come"
    )
    asking_channel = models.ForeignKey(
        Channel,
        models.SET_NULL,
        null=True,
        related_name="+",
        help_text="asks the owner of a typed number for a YES (double opt-in), with a template that is made for the"
        " text of the form; null: no message goes to typed numbers",
    )


class NumberRequest(models.Model):
    """A number that a visitor typed for a submitted form. The number was asked once for a YES, by a template."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    entry = models.OneToOneField(Entry, models.CASCADE, related_name="+")
    phone = models.CharField(max_length=20, help_text="E.164")
    asked_at = models.DateTimeField()
    message_id = models.BigIntegerField(help_text="messaging.Message: the template that asks")

    class Meta:
        indexes = [models.Index(fields=["workspace", "phone", "asked_at"], name="number_request_of_phone")]
