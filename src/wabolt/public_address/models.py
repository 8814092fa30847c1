"""The last findings about the public address."""

from django.db import models

from wabolt.lib import clock


class AddressState(models.Model):
    """The last finding about one part of the public address. One row for each part; it belongs to the installation, not
    to a workspace."""

    class Part(models.TextChoices):
        """ANSWER: the self-check over the network. CERTIFICATE: the last certificate request. START: ports and DNS at
        the last start."""

        ANSWER = "answer"
        CERTIFICATE = "certificate"
        START = "start"

    part = models.CharField(max_length=20, choices=Part, primary_key=True)
    url = models.CharField(max_length=300, help_text="the public address that was examined")
    problem = models.CharField(max_length=40, blank=True, help_text="a rules.Problem, empty if all is well")
    data = models.JSONField(default=dict, help_text="facts for the sentence about the problem")
    since = models.DateTimeField(default=clock.now, help_text="when this state began")
    checked_at = models.DateTimeField(default=clock.now)
    certificate_until = models.DateTimeField(null=True, help_text="end of the certificate that visitors get")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="address_state_part", condition=models.Q(part__in=["answer", "certificate", "start"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.part}: {self.problem or 'good'}"
