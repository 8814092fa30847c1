"""Products, orders, vouchers and the purchase facts of contacts."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from wabolt.accounts.models import Workspace
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

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "number"], name="order_number_once")]
        indexes = [
            models.Index(fields=["contact", "ordered_at"], name="order_of_contact"),
            models.Index(fields=["workspace", "ordered_at"], name="order_by_time"),
        ]


class OrderLine(models.Model):
    """One product of an order. `contact` and `ordered_at` repeat those of the order, so that "bought X within N days"
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
            # On both columns: with statistics of a young table the planner takes either column alone for as selective,
            # and would read all lines of a product for each line it searches.
            models.Index(fields=["order", "product"], name="order_line_of_order"),
        ]


class PurchaseFacts(models.Model):
    """Totals of a contact's completed orders, updated in the transaction that writes orders."""

    contact = models.OneToOneField(Contact, models.CASCADE, primary_key=True, related_name="purchases")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    orders = models.PositiveIntegerField(default=0)
    spent = models.BigIntegerField(default=0)
    first_order_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)
    categories: "ArrayField[list[str], list[str]]" = ArrayField(models.CharField(max_length=60), default=list)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "orders"], name="purchases_count"),
            models.Index(fields=["workspace", "last_order_at"], name="purchases_last"),
        ]


class Voucher(models.Model):
    """A code made for one contact. An order that uses it can be attributed to what the code was sent with."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="vouchers")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="vouchers")
    code = models.CharField(max_length=30)
    percent = models.PositiveSmallIntegerField()
    valid_until = models.DateTimeField()
    origin_kind = models.CharField(max_length=20)
    origin_id = models.BigIntegerField()
    created_at = models.DateTimeField(default=clock.now)
    redeemed_at = models.DateTimeField(null=True)
    order = models.ForeignKey(Order, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "code"], name="voucher_code_once"),
            models.UniqueConstraint(fields=["origin_kind", "origin_id", "contact"], name="voucher_once_per_origin"),
        ]
