"""Products, orders, carts, vouchers and the purchase facts of contacts."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models

from wabolt.accounts.models import User, Workspace
from wabolt.contacts.models import Contact
from wabolt.lib import clock


class Product(models.Model):
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="products")
    sku = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=60, blank=True)
    price = models.BigIntegerField(null=True, help_text="smallest unit of the workspace's currency")
    url = models.URLField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "sku"], name="product_sku_once")]
        indexes = [models.Index(fields=["workspace", "category"], name="product_category")]

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    """A purchase. `total` is the amount that the shop kept: the amount paid, less what was paid back since. An order
    that was paid back as a whole is cancelled. All figures read this column."""

    class State(models.TextChoices):
        COMPLETED = "completed"
        CANCELLED = "cancelled"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="orders")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="orders")
    number = models.CharField(max_length=60)
    ordered_at = models.DateTimeField()
    total = models.BigIntegerField(help_text="smallest unit of `currency`")
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.COMPLETED)
    voucher_code = models.CharField(max_length=30, blank=True)
    source = models.CharField(max_length=40, blank=True)
    cart_key = models.CharField(max_length=120, blank=True, help_text="`Cart.key`, if the shop names the cart")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "number"], name="order_number_once")]
        indexes = [
            models.Index(fields=["contact", "ordered_at"], name="order_of_contact"),
            models.Index(fields=["workspace", "ordered_at"], name="order_by_time"),
        ]


class OrderLine(models.Model):
    """One product of an order. `contact` and `ordered_at` are copies of the order's, so that "bought X within N days"
    is one index scan."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", db_index=False)
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    ordered_at = models.DateTimeField()
    quantity = models.PositiveIntegerField(default=1)
    total = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["product", "contact", "ordered_at"], name="order_line_bought"),
            # The index has both columns. With the statistics of a new table the planner considers each column alone
            # equally selective, and would read all lines of a product for each line that it looks up.
            models.Index(fields=["order", "product"], name="order_line_of_order"),
        ]


class PurchaseFacts(models.Model):
    """Totals of a contact's completed orders, updated in the transaction that writes orders."""

    HABIT_DAYS = 3
    """Days with an order from which the time between them says what is usual for a contact."""

    contact = models.OneToOneField(Contact, models.CASCADE, primary_key=True, related_name="purchases")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    orders = models.PositiveIntegerField(default=0)
    spent = models.BigIntegerField(default=0)
    first_order_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)
    usual_pause = models.DurationField(
        null=True,
        help_text="median of the time between the days with an order, of the two years before the newest one; null:"
        " fewer than HABIT_DAYS days",
    )
    categories: "ArrayField[list[str], list[str]]" = ArrayField(models.CharField(max_length=60), default=list)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "orders"], name="purchases_count"),
            models.Index(fields=["workspace", "last_order_at"], name="purchases_last"),
        ]


class Voucher(models.Model):
    """A code made for one contact. An order that uses it can be attributed to the origin of the code.

    `key`: the idempotency key of a gift (`services.give_vouchers`); "" for codes that are made once per origin and
    contact (`services.issue_vouchers`).
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="vouchers")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="vouchers")
    code = models.CharField(max_length=30)
    percent = models.PositiveSmallIntegerField()
    valid_until = models.DateTimeField()
    origin_kind = models.CharField(max_length=20)
    origin_id = models.BigIntegerField()
    key = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    redeemed_at = models.DateTimeField(null=True)
    order = models.ForeignKey(Order, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "code"], name="voucher_code_once"),
            models.UniqueConstraint(
                fields=["origin_kind", "origin_id", "contact"],
                condition=models.Q(key=""),
                name="voucher_once_per_origin",
            ),
            models.UniqueConstraint(
                fields=["workspace", "key"], condition=~models.Q(key=""), name="voucher_once_per_key"
            ),
        ]

    def is_usable(self, now: datetime) -> bool:
        """Whether an order at `now` can use the code."""
        return self.redeemed_at is None and self.valid_until > now


class CartSettings(models.Model):
    """The time after which the carts of a shop count as abandoned. A workspace without a row has the defaults."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")
    abandoned_after = models.PositiveIntegerField(default=60, help_text="minutes without a change")


class Cart(models.Model):
    """The products that a contact wants to buy and has not ordered yet.

    `key` names the cart at its source, for example in a web shop. The next cart with this key after an order is a new
    row, so a key has at most one row without an order. The lines are in `CartVersion`; `version` is the number of the
    current version, and `total` is a copy of its total. `source_version` and `source_at` are the position of the newest
    delivery of the source; older deliveries are ignored (`rules.carts.delivery`).
    """

    class State(models.TextChoices):
        OPEN = "open"
        ABANDONED = "abandoned"
        RECOVERED = "recovered"
        ORDERED = "ordered"
        EMPTIED = "emptied"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="carts")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="carts", db_index=False)
    key = models.CharField(max_length=120)
    source = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    version = models.PositiveIntegerField(default=1)
    total = models.BigIntegerField(help_text="smallest unit of `currency`")
    currency = models.CharField(max_length=3)
    url = models.URLField(max_length=500, blank=True, help_text="the page that shows the customer the cart again")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="time of the current version")
    source_version = models.BigIntegerField(default=0)
    source_at = models.DateTimeField()
    first_abandoned_at = models.DateTimeField(null=True)
    abandoned_at = models.DateTimeField(null=True, help_text="the last time; kept when the cart is changed again")
    order = models.ForeignKey(Order, models.SET_NULL, null=True, related_name="carts")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "key"],
                condition=models.Q(state__in=["open", "abandoned", "emptied"]),
                name="cart_not_ordered_once",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "key", "id"], name="cart_key"),
            models.Index(fields=["contact", "state"], name="cart_of_contact"),
            models.Index(fields=["workspace", "changed_at"], name="cart_by_time"),
            models.Index(fields=["changed_at"], condition=models.Q(state="open"), name="cart_open"),
            models.Index(
                fields=["workspace", "contact"],
                condition=models.Q(state__in=["open", "abandoned"]),
                name="cart_waiting",
            ),
        ]


class CartVersion(models.Model):
    """The lines of a cart from one change to the next. Rows are only added.

    `lines`: [{"sku", "name", "quantity", "price"}], the price of one piece in the smallest unit. Without `sku`
    the name is free text. An emptied cart has no lines. `by`: the member who noted the version, None for a source.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    cart = models.ForeignKey(Cart, models.CASCADE, related_name="versions", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    occurred_at = models.DateTimeField()
    lines = models.JSONField(default=list)
    total = models.BigIntegerField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cart", "number"], name="cart_version_once")]
