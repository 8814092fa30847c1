"""Events of the shop, the people who registered, and the reminders."""

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from wabolt.accounts.models import User, Workspace
from wabolt.contacts.models import Contact
from wabolt.optin.models.points import Entry, EntryPoint
from wabolt.optin.rules.events import Phase, Times, phase_of


class ShopEvent(models.Model):
    """An event or a webinar of the shop: what an entry point of the kind "event" adds. Its name is the entry point's.

    Its row is locked while seats are taken and given back.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    point = models.OneToOneField(EntryPoint, models.CASCADE, related_name="event")
    venue = models.CharField(max_length=200, blank=True)
    online_url = models.URLField(max_length=500, blank=True, help_text="shown only to people with a seat")
    timezone = models.CharField(max_length=50, help_text="in which people read the times")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    capacity = models.PositiveIntegerField(null=True, blank=True, help_text="seats; null: unlimited")
    questions = models.JSONField(default=list, help_text="[{key, label, choices, required}], in order; key: own:<n>")
    uid = models.UUIDField(default=uuid.uuid4, help_text="of its entries in calendars")
    sequence = models.PositiveIntegerField(default=0, help_text="changes of time or place: SEQUENCE of RFC 5545")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=300, blank=True)
    door_opened_at = models.DateTimeField(null=True, help_text="when the link for helpers at the door was made")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="event_ends_after_start"),
            models.CheckConstraint(condition=Q(capacity=None) | Q(capacity__gte=1), name="event_has_seats"),
        ]

    def __str__(self) -> str:
        return self.point.name

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def phase(self, at: datetime) -> Phase:
        """Whether people can register at this time, and why not."""
        point = self.point
        times = Times(self.starts_at, self.ends_at, point.active_from, point.active_until)
        return phase_of(times, at, closed=bool(point.closed_at or point.archived_at), cancelled=bool(self.cancelled_at))


class Registration(models.Model):
    """A person at an event. It exists from the customer's own message on; a submitted form alone takes no seat."""

    class State(models.TextChoices):
        REGISTERED = "registered", pgettext("event guests", "Registered")
        WAITING = "waiting", _("On the waiting list")
        OFFERED = "offered", _("Offered a seat")
        LAPSED = "lapsed", _("Did not take the seat")
        CANCELLED = "cancelled", pgettext("event guests", "Cancelled")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    event = models.ForeignKey(ShopEvent, models.CASCADE, related_name="registrations")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    entry = models.ForeignKey(Entry, models.CASCADE, related_name="+", help_text="with the answers of the form")
    state = models.CharField(max_length=10, choices=State)
    name = models.CharField(max_length=200, blank=True, help_text="as the door reads it")
    ticket = models.CharField(max_length=8, help_text="code for the door: the form's, or one of its own")
    sequence = models.PositiveIntegerField(default=0, help_text="own changes: added to the event's SEQUENCE")
    queued_at = models.DateTimeField(help_text="its turn on the waiting list")
    registered_at = models.DateTimeField(null=True, help_text="when it got its seat")
    offers = models.PositiveSmallIntegerField(default=0, help_text="seats that were offered")
    offer_until = models.DateTimeField(null=True)
    offer_message_id = models.BigIntegerField(null=True, help_text="messaging.Message: the offer")
    cancelled_at = models.DateTimeField(null=True)
    checked_in_at = models.DateTimeField(null=True)
    checked_in_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    has_first_seat = False
    """Not stored: whether a service has just given this guest their first seat."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "contact"], name="registration_once_per_person"),
            models.UniqueConstraint(fields=["workspace", "ticket"], name="registration_ticket_once"),
            models.CheckConstraint(
                condition=Q(state="offered", offer_until__isnull=False) | (~Q(state="offered") & Q(offer_until=None)),
                name="registration_offer_has_end",
            ),
            models.CheckConstraint(
                condition=Q(checked_in_at=None) | Q(state="registered"), name="registration_present_has_seat"
            ),
        ]
        indexes = [
            models.Index(fields=["event", "state", "queued_at"], name="registration_turn"),
            models.Index(fields=["offer_until"], name="registration_offer_due", condition=Q(state="offered")),
            models.Index(fields=["contact"], name="registration_of_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id}:{self.contact_id}"


class EventReminder(models.Model):
    """A reminder of an event to all who have a seat. `last_id` is the progress of a run that was interrupted."""

    class Kind(models.TextChoices):
        DAY_BEFORE = "day_before", _("The day before")
        HOUR_BEFORE = "hour_before", _("One hour before")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    event = models.ForeignKey(ShopEvent, models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=12, choices=Kind)
    due_at = models.DateTimeField()
    last_id = models.BigIntegerField(default=0, help_text="the last Registration that was reminded")
    done_at = models.DateTimeField(null=True, help_text="sent, or left out because it was too late")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "kind"], name="event_reminder_once")]
        indexes = [models.Index(fields=["due_at"], name="event_reminder_due", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return f"{self.event_id}:{self.kind}"
