"""Giveaways, the people who take part, scores of judges, and draws."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import User, Workspace
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.media.models import MediaFile
from wabolt.optin.models.points import EntryPoint


class Giveaway(models.Model):
    """The settings of a way in of the kind "giveaway": the reward, its receivers and the procedure. Name, number, prize
    and times are columns of its EntryPoint.

    The database refuses a draw without the number of its permit, and more rewards than the stock.
    """

    class Kind(models.TextChoices):
        REWARD = "reward", _("Everyone gets it")
        CONTEST = "contest", _("Contest")
        DRAW = "draw", _("Draw (with a permit)")

    point = models.OneToOneField(EntryPoint, models.CASCADE, primary_key=True, related_name="giveaway")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    word = models.CharField(max_length=40, help_text="as the shop writes it")
    word_key = models.CharField(max_length=40, help_text="lib.text.normalise_keyword(word)")
    rules = models.TextField(max_length=2000, blank=True, help_text="further rules, in the shop's words")
    criteria = models.TextField(max_length=500, blank=True, help_text="how the jury of a contest judges")
    permit_number = models.CharField(max_length=80, blank=True, help_text="of a draw: the decision of the ministry")
    reward_text = models.TextField(max_length=1000, blank=True, help_text="what the customer or the winner is told")
    reward_media = models.ForeignKey(MediaFile, models.PROTECT, null=True, blank=True, related_name="+")
    reward_percent = models.PositiveSmallIntegerField(default=0, help_text="of a voucher; 0: none")
    reward_days = models.PositiveSmallIntegerField(default=14)
    stock = models.PositiveIntegerField(null=True, help_text="of a reward for everyone; null: no limit")
    places = models.PositiveSmallIntegerField(default=1, help_text="winners of a contest or a draw")
    asks_permission = models.BooleanField(default=True, help_text="asks afterwards whether news are welcome")
    last_number = models.PositiveIntegerField(default=0, help_text="number of the newest entrant")
    locked_at = models.DateTimeField(null=True, help_text="the list of entrants is fixed since")
    published_at = models.DateTimeField(null=True, help_text="winners were told")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="draw") | Q(permit_number__regex="[0-9]"), name="giveaway_draw_has_permit"
            ),
            models.CheckConstraint(
                condition=~Q(kind="reward") | Q(stock=None) | Q(last_number__lte=F("stock")),
                name="giveaway_within_stock",
            ),
            models.CheckConstraint(condition=Q(places__gte=1), name="giveaway_has_places"),
        ]
        indexes = [models.Index(fields=["workspace", "word_key"], name="giveaway_word")]

    def __str__(self) -> str:
        return self.word


class Entrant(models.Model):
    """A person who takes part in a giveaway.

    An entrant whose contact was merged into another entrant's, or erased, is not counted; the undo of a merge brings it
    back (`giveaways.queries.entrants`).
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    giveaway = models.ForeignKey(Giveaway, models.CASCADE, related_name="entrants", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    number = models.PositiveIntegerField(help_text="1, 2, 3 ... in the order of arrival")
    ticket = models.CharField(max_length=12, unique=True, help_text="random; names the entrant in a published draw")
    message_id = models.BigIntegerField(help_text="messaging.Message: the customer's message with the word or code")
    entered_at = models.DateTimeField(help_text="WhatsApp's time of that message")
    picture_id = models.BigIntegerField(null=True, help_text="messaging.Message: the picture of a contest entry")
    text = models.TextField(max_length=1000, blank=True, help_text="of a contest entry")
    submitted_at = models.DateTimeField(null=True, help_text="WhatsApp's time of the picture")
    place = models.PositiveSmallIntegerField(null=True, help_text="1 for the first prize; null: has not won")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["giveaway", "contact"], name="entrant_once_per_person"),
            models.UniqueConstraint(fields=["giveaway", "number"], name="entrant_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.giveaway_id}:{self.number}"


class Score(models.Model):
    """The points of one judge for one entry of a contest."""

    entrant = models.ForeignKey(Entrant, models.CASCADE, related_name="scores", db_index=False)
    judge = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    points = models.PositiveSmallIntegerField()
    given_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entrant", "judge"], name="score_once_per_judge"),
            models.CheckConstraint(condition=Q(points__gte=1, points__lte=10), name="score_in_range"),
        ]


class Draw(models.Model):
    """The draw of a giveaway: first locked, with the hashes of the tickets and of the seed published, then drawn."""

    giveaway = models.OneToOneField(Giveaway, models.CASCADE, primary_key=True, related_name="draw")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    permit_number = models.CharField(max_length=80)
    places = models.PositiveSmallIntegerField()
    tickets_hash = models.CharField(max_length=64)
    seed = models.CharField(max_length=64, help_text="published after the draw")
    seed_hash = models.CharField(max_length=64)
    announced = models.CharField(max_length=200, blank=True, help_text="the public value that is added; blank: none")
    beacon_round = models.BigIntegerField(null=True, help_text="of drand, if that is the public value")
    locked_at = models.DateTimeField()
    locked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    public_value = models.CharField(max_length=200, blank=True)
    drawn_at = models.DateTimeField(null=True)
    drawn_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")


class DrawTicket(models.Model):
    """A ticket of a locked draw. It stays when the entrant's data is erased."""

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="tickets", db_index=False)
    ticket = models.CharField(max_length=12)
    entrant = models.ForeignKey(Entrant, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draw", "ticket"], name="draw_ticket_once")]


class DrawWinner(models.Model):
    """A drawn ticket. Rows are added and never replaced: a dropped winner keeps the row, with the reason."""

    class Reason(models.TextChoices):
        SAME_PERSON = "same_person", _("The same person has won already")
        GONE = "gone", _("Their data was deleted")
        NO_ANSWER = "no_answer", _("Did not answer in time")
        DECLINED = "declined", _("Did not want the prize")
        NOT_ALLOWED = "not_allowed", _("May not take part by the rules")

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="winners", db_index=False)
    rank = models.PositiveIntegerField()
    place = models.PositiveSmallIntegerField()
    ticket = models.ForeignKey(DrawTicket, models.CASCADE, related_name="+")
    chosen_at = models.DateTimeField(default=clock.now)
    dropped_at = models.DateTimeField(null=True)
    dropped_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=20, choices=Reason, blank=True, help_text="why dropped; it is published")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draw", "rank"], name="draw_rank_once"),
            models.UniqueConstraint(fields=["draw", "place"], name="draw_place_once", condition=Q(dropped_at=None)),
            models.CheckConstraint(
                condition=Q(dropped_at=None, reason="") | (Q(dropped_at__isnull=False) & ~Q(reason="")),
                name="draw_dropped_with_reason",
            ),
        ]
