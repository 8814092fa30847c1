"""Journeys, their published versions and steps, and the people in them."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.messaging.models import MessageContent

AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
"""`Enrollment.due_at` of people whom the engine looks at in its next run. It is no time of the clock, which may be set
back."""


class Journey(models.Model):
    """A journey. Members edit `draft`; people follow the published `version`."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        ARCHIVED = "archived", _("Archived")

    class Importance(models.TextChoices):
        """The order in which promotions use up the caps of a contact."""

        TRANSACTION = "transaction", _("About an order")
        CART = "cart", _("Left cart")
        BIRTHDAY = "birthday", pgettext_lazy("importance of a journey", "Birthday")
        PROMOTION = "promotion", _("Promotion")

    class ContentClass(models.TextChoices):
        """The side of the 80/20 rule on which the messages count."""

        VALUE = "value", _("Useful content")
        PROMOTION = "promotion", _("Promotion")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="journeys")
    name = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    channel = models.ForeignKey(
        Channel, models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="number that sends; null: the shop's default number",
    )  # fmt: skip
    draft = models.JSONField(default=dict, help_text="definition (rules/definition.py)")
    draft_version = models.PositiveIntegerField(default=0, help_text="raised by each change of the draft")
    version = models.ForeignKey("JourneyVersion", models.RESTRICT, null=True, related_name="+", help_text="published")
    importance = models.CharField(max_length=12, choices=Importance, default=Importance.PROMOTION)
    content_class = models.CharField(max_length=10, choices=ContentClass, default=ContentClass.PROMOTION)
    holdout_percent = models.PositiveSmallIntegerField(default=0, help_text="share that gets nothing, for comparison")
    max_steps_per_day = models.PositiveSmallIntegerField(
        default=50, help_text="steps of one contact on a day of the shop; more are taken for a loop"
    )
    recipe = models.CharField(max_length=30, blank=True, help_text="recipe that it was made from")
    tested_version = models.PositiveIntegerField(null=True, help_text="draft_version that a test run has shown")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    published_at = models.DateTimeField(null=True, help_text="when it was first published")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-id"], name="journey_newest"),
            models.Index(fields=["state"], name="journey_works", condition=Q(state__in=["active", "paused"])),
        ]
        constraints = [
            models.CheckConstraint(
                name="journey_published", condition=Q(state__in=["draft", "archived"]) | Q(version__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.name


class JourneyVersion(models.Model):
    """A published definition. The database refuses to change it (migration 0001)."""

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    published_at = models.DateTimeField(default=clock.now)
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "number"], name="journey_version_once")]


class JourneyStep(models.Model):
    """A step that was published at least once. A deleted step stays as a tombstone, with its history."""

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="steps")
    key = models.CharField(max_length=20, help_text="id of the step in the definitions")
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=120, blank=True)
    content = models.ForeignKey(
        MessageContent, models.PROTECT, null=True, related_name="+", help_text="text of a send step, as published"
    )
    template_content = models.ForeignKey(
        MessageContent, models.PROTECT, null=True, related_name="+", help_text="for the number of its template, as well"
    )
    retired_at = models.DateTimeField(null=True, help_text="when a published version no longer had it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "key"], name="journey_step_once")]


class Enrollment(models.Model):
    """One person's path through a journey, for one occasion (`entry_key`: the year, the cart ...).

    An active enrollment is at `step`: it has been there since `waiting_since`, and the engine works on it at `due_at`.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Inside")
        FINISHED = "finished", _("Finished")
        EXITED = "exited", _("Left")
        PARKED = "parked", _("Stuck")
        HELD_OUT = "held_out", _("Comparison group")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    journey = models.ForeignKey(Journey, models.CASCADE, related_name="enrollments", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", db_index=False)
    entry_key = models.CharField(max_length=60, blank=True, help_text="the occasion; empty: the journey as such")
    rotation = models.PositiveIntegerField(default=1, help_text="how many times this occasion has let the person in")
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    step = models.ForeignKey(JourneyStep, models.RESTRICT, null=True, related_name="+", db_index=False)
    waiting_since = models.DateTimeField(default=clock.now, help_text="arrival at the step")
    is_behind = models.BooleanField(
        default=False, help_text="entered after the moment that its journey counts from, and has not caught up yet"
    )
    due_at = models.DateTimeField(null=True, help_text="when the engine works on it; null: it waits for an event")
    visit = models.PositiveSmallIntegerField(default=1, help_text="raised when a member sends the person back")
    arrived_after = models.BigIntegerField(
        default=0, help_text="id of the newest event at arrival; a wait listens to later ones"
    )
    entered_after = models.BigIntegerField(
        default=0, help_text="id of the newest event at entry; goal and exits look at later ones"
    )
    context = models.JSONField(default=dict, help_text="cart id and version, data of the event, values for texts")
    steps_day = models.DateField(null=True, help_text="day of the shop that `steps_today` counts")
    steps_today = models.PositiveSmallIntegerField(default=0)
    entered_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=40, blank=True, help_text="why it left or is stuck")
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "journey", "entry_key", "rotation"], name="enrollment_rotation_once"
            ),
            models.UniqueConstraint(
                fields=["contact", "journey", "entry_key"],
                name="enrollment_open_once",
                condition=Q(state__in=["active", "parked"]),
            ),
        ]
        indexes = [
            # The engine's: due people of one journey.
            models.Index(
                fields=["journey", "due_at", "id"],
                name="enrollment_due",
                condition=Q(state="active", due_at__isnull=False),
            ),
            models.Index(fields=["step"], name="enrollment_at_step", condition=Q(state__in=["active", "parked"])),
            models.Index(fields=["journey", "state", "-entered_at", "-id"], name="enrollment_latest"),
        ]


class EntryCount(models.Model):
    """The number of enrollments that a journey has ever had. A trigger counts inserted rows in their transaction
    (migration 0005), and nothing else writes it. So it shows an enrollment that got lost, or that is in no state."""

    journey = models.OneToOneField(Journey, models.CASCADE, primary_key=True, related_name="entry_count")
    entered = models.BigIntegerField(default=0)


class StepRun(models.Model):
    """A step that an enrollment has gone through. Append-only; the database refuses the second run of a visit."""

    class Outcome(models.TextChoices):
        SENT = "sent", _("Message handed over")
        SKIPPED = "skipped", _("Left out")
        WAITED = "waited", _("Waited")
        HAPPENED = "happened", _("What it waited for happened")
        TIMED_OUT = "timed_out", _("Did not happen in time")
        BRANCHED = "branched", _("Branched")
        DONE = "done", pgettext_lazy("step of a journey", "Done")
        MOVED = "moved", _("Moved by a member")

    enrollment = models.ForeignKey(Enrollment, models.CASCADE, related_name="runs", db_index=False)
    step = models.ForeignKey(JourneyStep, models.RESTRICT, related_name="+", db_index=False)
    visit = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField(default=clock.now)
    outcome = models.CharField(max_length=10, choices=Outcome)
    detail = models.JSONField(default=dict, help_text="why: the branch, the reason, ids of ours")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrollment", "step", "visit"], name="step_run_once")]
