"""The columns of a row that one process at a time may own."""

from django.db import models


class Leased(models.Model):
    """Base of models whose rows are owned under a lease (`lib.lease`)."""

    holder = models.CharField(max_length=100, default="", db_default="", help_text="owner of the lease; empty: free")
    token = models.BigIntegerField(default=0, db_default=0, help_text="fencing token: grows with each new owner")
    beat = models.BigIntegerField(default=0, db_default=0, help_text="grows with each renewal of the lease")

    class Meta:
        abstract = True
