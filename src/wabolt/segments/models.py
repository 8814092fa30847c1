"""The stored segment, and the members of live segments."""

from django.db import models
from django.db.models.functions import Lower

from wabolt.accounts.models import User, Workspace
from wabolt.contacts.models import Contact
from wabolt.lib import clock


class Segment(models.Model):
    """`tree` is the condition tree as JSON (`segments.rules.tree`). The text is printed from it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="segments")
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=300, blank=True)
    tree = models.JSONField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(models.F("workspace"), Lower("name"), name="segment_name_once")]

    def __str__(self) -> str:
        return self.name


class LiveSegment(models.Model):
    """A segment whose members are stored in LiveMember. The row exists while the segment has a LiveReason.

    Every transaction that changes the members of a segment locks this row first. `meaning` is the digest of the
    conditions that the members follow (`queries.compiler.meaning_of`): names resolved to ids, days to dates. If the
    digest of the present conditions differs, a pass evaluates all contacts in steps, in the order of their ids.
    """

    segment = models.OneToOneField(Segment, models.CASCADE, primary_key=True, related_name="live")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    since = models.DateTimeField(default=clock.now)
    meaning = models.CharField(max_length=64, blank=True, help_text="empty before the first pass has ended")
    check_at = models.DateTimeField(default=clock.now, help_text="when the conditions are compared with `meaning`")
    passed_at = models.DateTimeField(null=True, help_text="when the last pass began that has ended")
    is_broken = models.BooleanField(default=False, help_text="the conditions ask for something that no longer exists")
    is_quiet = models.BooleanField(
        default=True, help_text="the segment changed, not the people: the next pass records no events"
    )
    pass_meaning = models.CharField(max_length=64, blank=True, help_text="of the pass under way; empty: none")
    pass_began_at = models.DateTimeField(null=True)
    pass_after = models.BigIntegerField(default=0, help_text="the last contact that the pass has evaluated")
    pass_until = models.BigIntegerField(default=0, help_text="the last contact that the pass will evaluate")

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "meaning"], name="live_segment_by_meaning"),
            models.Index(fields=["check_at"], name="live_segment_to_check"),
        ]

    def __str__(self) -> str:
        return f"live {self.segment_id}"


class LiveReason(models.Model):
    """A reason to keep a segment live: the switch on its page ("member"), or an object of another room that reads its
    events, for example "journey:12" (`registry.register_live_use`)."""

    MEMBER = "member"

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="live_reasons")
    reason = models.CharField(max_length=60)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "reason"], name="live_reason_once")]

    def __str__(self) -> str:
        return self.reason


class LiveMember(models.Model):
    """A contact in a live segment. There may be many millions of rows, so they have no other columns and no foreign
    keys: contacts are never deleted, and a segment's members are deleted with it."""

    pk = models.CompositePrimaryKey("segment", "contact")
    segment = models.ForeignKey(Segment, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    contact = models.ForeignKey(Contact, models.DO_NOTHING, related_name="+", db_constraint=False)
    since = models.DateTimeField()


class LiveDeparture(models.Model):
    """A contact that left a live segment less than `MINIMUM_STAY` ago. If it returns, the row is deleted without an
    event; otherwise the row becomes the event `segment_left`."""

    pk = models.CompositePrimaryKey("segment", "contact")
    segment = models.ForeignKey(Segment, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    contact = models.ForeignKey(Contact, models.DO_NOTHING, related_name="+", db_constraint=False)
    since = models.DateTimeField(help_text="when the contact had entered")
    left_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["left_at"], name="live_departure_due")]


class LiveDay(models.Model):
    """The numbers of contacts that entered and left a live segment on a day of the shop's time zone."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="live_days", db_index=False)
    day = models.DateField()
    entered = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="live_day_once")]
