"""The WhatsApp numbers of members."""

from django.db import models

from wabolt.accounts.models import Membership


class MemberPhone(models.Model):
    """The own number of a member for alerts. It is confirmed when the member has written `code` from it."""

    membership = models.OneToOneField(Membership, models.CASCADE, related_name="+")
    code = models.CharField(max_length=8, blank=True, help_text="what the member has to write; empty: none is awaited")
    code_until = models.DateTimeField(null=True)
    phone = models.CharField(max_length=20, blank=True, help_text="E.164; empty: not confirmed")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="member_phone_code_once", condition=~models.Q(code=""))
        ]
