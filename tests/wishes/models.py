"""The table of the sample room."""

from django.db import models

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact


class Wish(models.Model):
    """Something that a contact would like to buy."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    text = models.CharField(max_length=100)
