"""The orders that the origins of messages earned, kept for dashboard, lists and reports (docs/adr/0026), and the aim of
a shop for the 80/20 rule."""

from django.core.validators import MaxValueValidator
from django.db import models

from wabolt.accounts.models import Workspace


class Attribution(models.Model):
    """The attribution of one order to one origin. `queries/attribution.py` has the definition.

    The rows of a contact are valid while no TouchedContact names the contact. The ids are plain numbers: a change of
    the rows that they refer to touches the contact, and its attributions are replaced.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    origin_kind = models.CharField(max_length=20, help_text="as in Message.origin_kind")
    origin_id = models.BigIntegerField(help_text="as in Message.origin_id")
    order_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    ordered_at = models.DateTimeField()
    total = models.BigIntegerField(help_text="smallest unit of the workspace's currency")
    how = models.CharField(max_length=7, help_text="voucher, click or cart")

    class Meta:
        indexes = [
            models.Index(
                fields=["workspace", "origin_kind", "origin_id"],
                include=["contact_id", "order_id", "total"],
                name="attribution_of_origin",
            ),
            models.Index(fields=["contact_id"], name="attribution_of_contact"),
        ]


class TouchedContact(models.Model):
    """A contact whose clicks, orders or vouchers have changed since its attributions were made.

    Triggers add rows (migration 0001). A contact may have several: a trigger that skipped an existing row would lose
    the change if that row is deleted at the same time. The database does not check the reference to the workspace.
    """

    workspace = models.ForeignKey(Workspace, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    contact_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["workspace", "contact_id"], name="touched_contact")]


class ContentAim(models.Model):
    """The largest share of promotions that a shop wants among its messages. A workspace without a row has the default
    of the 80/20 rule."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True, related_name="+")
    promotion_percent = models.PositiveSmallIntegerField(
        default=20, validators=[MaxValueValidator(100)],
        help_text="largest share of promotions among the messages that the shop wants",
    )  # fmt: skip
