"""The account of a number over the Cloud API."""

from django.db import models


class CloudAccount(models.Model):
    """Ids and sealed secrets of a number over Meta's Cloud API. The sealing key is not in the database
    (`lib.vault`). No column of this row may be exported."""

    channel = models.OneToOneField("channels.Channel", models.CASCADE, primary_key=True, related_name="cloud_account")
    phone_number_id = models.CharField(max_length=40, help_text="Meta's id of the number, not the number")
    waba_id = models.CharField(max_length=40, help_text="WhatsApp Business account: templates belong to it")
    sealed_token = models.TextField()
    sealed_app_secret = models.TextField()
    sealed_verify_token = models.TextField()
    display_name = models.CharField(max_length=200, blank=True, help_text="as Meta verified it")
    quality = models.CharField(max_length=20, blank=True, help_text="green, yellow, red or unknown")
    tier = models.CharField(max_length=40, blank=True, help_text="Meta's limit of people a day, in Meta's word")
    problem = models.CharField(max_length=40, blank=True, help_text="what the last test found, a word of ours")
    problem_detail = models.CharField(max_length=500, blank=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["phone_number_id"], name="cloud_account_number")]
