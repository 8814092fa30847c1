"""The consent ledger, the current state, suppressed addresses, wordings and keywords."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import User, Workspace
from wabolt.contacts.models import Contact
from wabolt.lib import clock


class Purpose(models.TextChoices):
    MARKETING = "marketing", _("Promotions")
    SERVICE = "service", _("Service")


class Wording(models.Model):
    """A version of the text that people agree to. Versions are never edited; a new text becomes a new version."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose)
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=5, default="id")
    text = models.TextField()
    is_default = models.BooleanField(
        default=True, db_default=True, help_text="the shop's text; otherwise the text of one way in"
    )
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "purpose", "version"], name="wording_version_once")]


class ConsentEvent(models.Model):
    """One entry of the ledger.

    The database refuses changes and deletions. The `hash` of an entry covers the entry before it (consent.rules.chain),
    so `wabolt verify consent` finds gaps and edits. The evidence may quote the person's words. An erasure removes these
    texts and seals the rest of the entry (`redaction`); the database permits this one change.
    """

    class Action(models.TextChoices):
        GRANTED = "granted", _("Agreed")
        WITHDRAWN = "withdrawn", _("Stopped")

    # The foreign key of the contact implies the workspace. Further checks and indexes would make a grant for
    # 100,000 contacts three times as slow.
    workspace = models.ForeignKey(Workspace, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    seq = models.BigIntegerField(help_text="1, 2, 3 ... within the workspace, without holes")
    contact = models.ForeignKey(Contact, models.DO_NOTHING, related_name="consent_events", db_index=False)
    purpose = models.CharField(max_length=10, choices=Purpose)
    action = models.CharField(max_length=10, choices=Action)
    source = models.CharField(max_length=40, help_text='"import", "start_word", "stop_word", "member", "form" ...')
    wording = models.ForeignKey(Wording, models.DO_NOTHING, null=True, related_name="+", db_index=False)
    evidence = models.JSONField(default=dict, help_text="message, import and row, statement, page, ip")
    actor = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    redaction = models.CharField(
        max_length=64,
        default="",
        db_default="",
        help_text="keyed seal of an entry whose free text an erasure removed (consent.services.redaction)",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "seq"], name="consent_event_seq_once")]
        indexes = [
            models.Index(fields=["contact", "seq"], name="consent_event_of_contact"),
            # Entries are stored in chronological order, so a small BRIN index finds those of the last days.
            BrinIndex(fields=["at"], name="consent_event_by_time", pages_per_range=16, autosummarize=True),
            models.Index(
                fields=["workspace", "at"],
                include=["contact"],
                name="consent_withdrawn_by_time",
                condition=models.Q(action="withdrawn"),
            ),
        ]


class ConsentHead(models.Model):
    """The end of a workspace's chain. Its row lock makes writers of the ledger take turns."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True, related_name="+")
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")


class Consent(models.Model):
    """The current state of a contact for one purpose, taken from their last ledger entry.

    The ledger entries hold the foreign keys. `wabolt verify consent` compares the states with the ledger.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="consents", db_constraint=False, db_index=False)
    purpose = models.CharField(max_length=10, choices=Purpose)
    state = models.CharField(max_length=10, choices=ConsentEvent.Action)
    since = models.DateTimeField()
    source = models.CharField(max_length=40)
    event = models.ForeignKey(ConsentEvent, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "purpose"], name="consent_once")]
        indexes = [models.Index(fields=["workspace", "purpose", "state", "contact"], name="consent_standing")]


class Suppression(models.Model):
    """An address that must not get promotions. It survives erasure, re-import, merge and restore.

    For an erased person, `value` is the keyed pseudonym of the address with the prefix ERASED. It is replaced by the
    address when a contact gets that address again.
    """

    ERASED = "erased:"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, help_text="Identity.Kind")
    value = models.CharField(max_length=100)
    reason = models.CharField(max_length=40)
    since = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "kind", "value"], name="suppression_once")]


class Keyword(models.Model):
    """A word that stops or starts promotions when it is the whole message (after lib.text.normalise_keyword)."""

    class Action(models.TextChoices):
        STOP = "stop", _("Stop")
        START = "start", _("Join")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    action = models.CharField(max_length=5, choices=Action)
    word = models.CharField(max_length=60, help_text="as shown")
    normalised = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "normalised"], name="keyword_once")]


class StopDoubt(models.Model):
    """A message that may be meant as a stop. Promotions to its sender are held until a member decides."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    contact = models.OneToOneField(Contact, models.CASCADE, related_name="+")
    evidence = models.JSONField(default=dict, help_text="message, channel, and the first words of the text")
    since = models.DateTimeField()


class Restriction(models.Model):
    """A contact whose data may not be used for now, at the person's request: no message is sent, for any purpose."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    contact = models.OneToOneField(Contact, models.CASCADE, related_name="+")
    since = models.DateTimeField(default=clock.now)


class Objection(models.Model):
    """A contact who objects to decisions that a program makes from their behaviour (UU PDP, article 10). It ends with
    their next agreement to promotions."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    contact = models.OneToOneField(Contact, models.CASCADE, related_name="+")
    since = models.DateTimeField(default=clock.now)
