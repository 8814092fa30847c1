"""Contacts, their addresses and data, the event log and its consumers."""

from enum import StrEnum
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5, ExtractDay, ExtractMonth
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wabolt.accounts.models import User, Workspace
from wabolt.lib import clock
from wabolt.lib.leased import Leased


class Contact(models.Model):
    """A person. Erasure empties the row but keeps it, so that past counts stay correct."""

    class Gender(models.TextChoices):
        FEMALE = "female", _("Female")
        MALE = "male", _("Male")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200, blank=True)
    whatsapp_name = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="name in the person's WhatsApp profile"
    )
    gender = models.CharField(max_length=6, choices=Gender, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    city = models.CharField(max_length=100, blank=True)
    city_original = models.CharField(max_length=100, blank=True, help_text="as it was first written")
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=5, blank=True)
    source = models.CharField(max_length=60, blank=True, help_text="where this person came from")
    fields = models.JSONField(default=dict, help_text="custom fields: {Field.key: typed value}")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    last_inbound_at = models.DateTimeField(null=True, help_text="time of the last inbound message; null: none")
    search = models.TextField(
        default="",
        help_text="name, numbers, codes and city in lower case; kept by contacts.services for the search box",
    )
    reachable = models.BooleanField(
        default=False,
        db_default=False,
        help_text="has an address that a message can go to; kept by contacts.services together with `search`",
    )
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-id"], name="contact_newest", condition=Q(erased_at=None)),
            models.Index(
                fields=["workspace", "-id"], name="contact_unreachable", condition=Q(erased_at=None, reachable=False)
            ),
            models.Index(
                "workspace",
                ExtractMonth("birth_date"),
                ExtractDay("birth_date"),
                name="contact_birthday",
                condition=Q(birth_date__isnull=False),
            ),
            models.Index(fields=["workspace", "city"], name="contact_city"),
            models.Index(fields=["workspace", "source"], name="contact_source"),
            GinIndex(fields=["search"], name="contact_search", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["fields"], name="contact_fields", opclasses=["jsonb_path_ops"]),
        ]

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"


class Identity(models.Model):
    """One address of a person. A contact may have several; none of them is its key."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("Phone number")  # E.164 with +
        LID = "lid", _("Hidden WhatsApp number")  # WhatsApp's linked id: digits without @lid
        BSUID = "bsuid", _("Meta business-scoped id")
        USERNAME = "username", _("WhatsApp username")
        CODE = "code", _("Shop's own code")  # the shop's customer number, as written
        MARKETPLACE = "marketplace_username", _("Marketplace username")  # "shopee:budi123"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=20, choices=Kind)
    value = models.CharField(max_length=100)
    on_whatsapp = models.BooleanField(null=True, help_text="of a phone number: what WhatsApp said; null: nothing yet")
    checked_at = models.DateTimeField(null=True, help_text="when WhatsApp was last asked")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "kind", "value"], name="identity_once")]
        indexes = [
            models.Index(fields=["contact"], name="identity_not_on_whatsapp", condition=Q(on_whatsapp=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


class ErasedIdentity(models.Model):
    """The erasure log: a keyed pseudonym (lib.pseudonyms) of each erased person's address and the time of the erasure.

    Imports refuse these addresses, and a restore of an older backup erases their owners again.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "digest"], name="erased_identity_once")]


class Merge(models.Model):
    """Two merged contacts, and the data that undoes the merge (`services.merging`)."""

    class Reason(StrEnum):
        SAME_WHATSAPP = "same_whatsapp"  # WhatsApp itself says that the addresses belong to one person
        NUMBER_CHANGED = "number_changed"  # the absorbed contact's newer number is the one to write to
        MEMBER = "member"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    kept = models.ForeignKey(Contact, models.CASCADE, related_name="merges")
    absorbed = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=40)
    moved = models.JSONField(default=dict, help_text="{table: ids of the moved rows}")
    before = models.JSONField(default=dict, help_text="values of both contacts; emptied when the person is erased")
    at = models.DateTimeField(default=clock.now)
    undone_at = models.DateTimeField(null=True)


class KnownDifferent(models.Model):
    """Two contacts that look like one person but are different people, as a member said (`services.duplicates`)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    first = models.ForeignKey(Contact, models.CASCADE, related_name="+")  # the smaller id
    second = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="known_different_once")]


class Tag(models.Model):
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="tags")
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField(default=clock.now)
    contacts: "models.ManyToManyField[Contact, ContactTag]" = models.ManyToManyField(
        Contact, through="ContactTag", related_name="tags"
    )

    class Meta:
        constraints = [models.UniqueConstraint(models.F("workspace"), models.functions.Lower("name"), name="tag_once")]

    def __str__(self) -> str:
        return self.name


class ContactTag(models.Model):
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "contact"], name="contact_tag_once")]


class Field(models.Model):
    """A custom field of the shop. `Contact.fields` holds typed values (dates as ISO text, yes/no as booleans)."""

    class Kind(models.TextChoices):
        TEXT = "text", pgettext_lazy("kind of field", "Text")
        NUMBER = "number", pgettext_lazy("kind of field", "Number")
        DATE = "date", _("Date")
        CHOICE = "choice", _("Choice")
        YES_NO = "yes_no", _("Yes or no")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="fields")
    key = models.SlugField(max_length=40, help_text="lower case letters, digits and _, as used in segments and texts")
    label = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind)
    choices = models.JSONField(default=list, blank=True)
    position = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="field_key_once")]

    def __str__(self) -> str:
        return self.label


class Note(models.Model):
    """A note of a member about a contact."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="notes")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    text = models.TextField(max_length=4000)
    created_at = models.DateTimeField(default=clock.now)


class ContactView(models.Model):
    """A member saw the data of a contact on this day (`services.views`). The person may ask for this list."""

    class How(models.TextChoices):
        PAGE = "page", _("Opened the contact's page")
        CHAT = "chat", _("Read the conversation")
        EXPORT = "export", _("Exported it in a file")
        PACK = "pack", _("Made a copy for the person")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    how = models.CharField(max_length=10, choices=How)
    day = models.DateField(help_text="in the time zone of the shop")
    at = models.DateTimeField(default=clock.now, help_text="the first time on this day")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact", "day", "user", "how"], name="contact_view_once_a_day")
        ]
        indexes = [models.Index(fields=["workspace", "day"], name="contact_view_by_day")]


class Disclosure(models.Model):
    """An address outside this installation that got data of a contact (`services.disclosing`)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", db_index=False)
    address = models.CharField(max_length=2000)
    by = models.CharField(max_length=20, help_text="registry.Discloser")
    first_at = models.DateTimeField(default=clock.now)
    last_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint("contact", MD5("address"), name="disclosure_once")]


class Event(models.Model):
    """One event of a contact. The table is append-only and partitioned by month of `time` (migration 0002).

    `position` is the id of the transaction that wrote the row, plus a shift that a restore into another cluster raises
    (`services.rebase_event_log`). Consumers read in the order (position, id).
    """

    pk = models.CompositePrimaryKey("time", "id")
    id = models.BigIntegerField(db_default=models.expressions.RawSQL("nextval('contacts_event_id_seq')", []))
    workspace = models.ForeignKey(Workspace, models.DO_NOTHING, related_name="+")
    contact = models.ForeignKey(Contact, models.DO_NOTHING, related_name="events")
    kind = models.CharField(max_length=40)
    time = models.DateTimeField()
    data = models.JSONField(default=dict)
    position = models.BigIntegerField(
        db_default=models.expressions.RawSQL("pg_current_xact_id()::text::bigint + contacts_event_shift()", [])
    )

    class Meta:
        db_table = "contacts_event"


class Consumer(Leased):
    """A named reader of the event log, its offset and its lease. The code behind the name is in the registry.

    The offset (`position`, `event_id`) is the last event whose effects are committed.
    """

    name = models.CharField(max_length=60, primary_key=True)
    position = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)
    crashes = models.PositiveIntegerField(
        default=0, help_text="processes that died in a batch since the last committed one"
    )
    moved_at = models.DateTimeField(default=clock.now, help_text="when the offset last changed")
    unread_since = models.DateTimeField(null=True, help_text="since when checks have found unread events")

    def __str__(self) -> str:
        return self.name


class ParkedEvent(models.Model):
    """An event that a consumer could not process. A member retries or drops it; the consumer has gone on."""

    consumer = models.ForeignKey(Consumer, models.CASCADE, related_name="parked")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    event_id = models.BigIntegerField()
    event_time = models.DateTimeField(help_text="with `event_id` the key of the event")
    kind = models.CharField(max_length=40)
    error = models.CharField(max_length=300)
    attempts = models.PositiveIntegerField(default=1)
    parked_at = models.DateTimeField(default=clock.now)
    retry_at = models.DateTimeField(null=True, help_text="when a member asked for another attempt")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consumer", "event_id"], name="parked_event_once")]


class Tally(models.Model):
    """A part of a sum that triggers keep (`registry.TallySource`). The sum of `amount` over all rows of (workspace,
    name, subject, part) is exact; a job replaces them by one row.

    The database does not check the reference to the workspace: the deletion of a workspace adds rows, too.
    """

    workspace = models.ForeignKey(Workspace, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    name = models.CharField(max_length=40)
    subject = models.BigIntegerField(help_text="id of what is counted, such as a broadcast")
    part = models.CharField(max_length=40, help_text="what is counted of the subject, such as a state")
    amount = models.BigIntegerField(help_text="may be negative")

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "name", "subject", "part"], include=["amount"], name="tally_of_subject")
        ]
