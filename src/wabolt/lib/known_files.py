"""Recognises the exports of well-known programs by their headers.

The headers come from the programs' documentation and from exported files. Columns that are not listed are ignored.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from wabolt.lib.column_names import Kind
from wabolt.lib.text import normalise_keyword


@dataclass(frozen=True, slots=True)
class KnownFile:
    """An export of a program.

    `program` is its proper name. `signature`: headers that must all be present. `targets`: {header: target}. Headers
    are compared by `normalise_keyword`. `marketplace`: the marketplace whose usernames the buyers have.
    """

    program: str
    kind: Kind
    signature: tuple[str, ...]
    targets: dict[str, str]
    marketplace: str = ""

    def mapping(self, columns: Sequence[str], filled: Container[int]) -> dict[int, str]:
        """Returns the target of every column. If several columns have one target, a column with values (`filled`) wins,
        then the one that `targets` names first."""
        places = {normalise_keyword(name): index for index, name in reversed(list(enumerate(columns)))}
        chosen: dict[str, int] = {}
        for header, target in self.targets.items():
            index = places.get(normalise_keyword(header))
            if index is not None and (target not in chosen or (index in filled and chosen[target] not in filled)):
                chosen[target] = index
        targets = {index: target for target, index in chosen.items()}
        return {index: targets.get(index, "ignore") for index in range(len(columns))}


_PHONES = {"Phone 1 - Value": "phone", "Phone 2 - Value": "phone2", "Phone 3 - Value": "phone3"}
_GOOGLE = {
    **_PHONES, "Birthday": "birth_date", "Notes": "note", "E-mail 1 - Value": "email", "Address 1 - City": "city",
}  # fmt: skip
_PARTS = {"First Name": "first_name", "Middle Name": "middle_name", "Last Name": "last_name"}
# Columns "(- Refund)" are less what was paid back. In a file with such a total, and in one without a total but with
# such quantities, the refund is not subtracted again.
_WOO_SIGNATURE = ("Order Number", "Order Status", "Order Date", "Phone (Billing)")
_WOO = {
    "Order Number": "number", "Order Status": "status", "Order Date": "ordered_at",
    "First Name (Billing)": "first_name", "Last Name (Billing)": "last_name", "Phone (Billing)": "phone",
    "Phone (Shipping)": "phone2", "SKU": "sku", "Item Name": "product", "Category": "category",
    "Quantity (- Refund)": "quantity", "Quantity": "quantity", "Item Cost": "unit_price",
    "Order Total Amount (- Refund)": "order_total", "Order Total Amount": "order_total", "Coupon Code": "voucher",
}  # fmt: skip

KNOWN_FILES = (
    KnownFile(
        "Google Contacts", "contacts", ("First Name", "Last Name", "Labels", "Phone 1 - Value"),
        {**_GOOGLE, **_PARTS, "Labels": "tags"},
    ),
    KnownFile(
        "Google Contacts", "contacts", ("Given Name", "Family Name", "Group Membership", "Phone 1 - Value"),
        {**_GOOGLE, "Name": "name", "Given Name": "first_name", "Additional Name": "middle_name",
         "Family Name": "last_name", "Gender": "gender", "Group Membership": "tags"},
    ),
    KnownFile(
        "Outlook", "contacts", ("First Name", "Last Name", "E-mail Address", "Mobile Phone"),
        {**_PARTS, "Mobile Phone": "phone", "Home Phone": "phone2", "Business Phone": "phone3",
         "Birthday": "birth_date", "Gender": "gender", "Home City": "city", "Business City": "city",
         "E-mail Address": "email", "Categories": "tags", "Notes": "note"},
    ),
    KnownFile(
        "Shopify", "contacts", ("First Name", "Last Name", "Accepts Email Marketing", "Total Spent", "Phone"),
        {**_PARTS, "Customer ID": "code", "Email": "email", "Phone": "phone", "Default Address Phone": "phone2",
         "Default Address City": "city", "City": "city", "Note": "note", "Tags": "tags"},
    ),
    KnownFile(
        "WooCommerce", "contacts", ("billing_first_name", "billing_last_name", "billing_phone", "customer_id"),
        {"customer_id": "code", "billing_first_name": "first_name", "billing_last_name": "last_name",
         "billing_phone": "phone", "shipping_phone": "phone2", "billing_city": "city", "email": "email",
         "billing_email": "email"},
    ),
    KnownFile(
        "Shopify", "orders", ("Name", "Financial Status", "Lineitem name", "Lineitem quantity", "Created at"),
        {"Name": "number", "Created at": "ordered_at", "Financial Status": "status", "Cancelled at": "cancelled_at",
         "Lineitem sku": "sku", "Lineitem name": "product", "Lineitem quantity": "quantity",
         "Lineitem price": "unit_price", "Total": "order_total", "Refunded Amount": "refunded",
         "Discount Code": "voucher", "Billing Name": "name",
         "Phone": "phone", "Billing Phone": "phone2", "Shipping Phone": "phone3"},
    ),
    KnownFile("WooCommerce", "orders", (*_WOO_SIGNATURE, "Order Total Amount (- Refund)"), _WOO),
    KnownFile(
        "WooCommerce", "orders", (*_WOO_SIGNATURE, "Order Total Amount"),
        {**_WOO, "Order Refund Amount": "refunded"},
    ),
    KnownFile("WooCommerce", "orders", _WOO_SIGNATURE, _WOO),
    KnownFile(
        "WooCommerce", "orders", ("order_number", "order_date", "order_total", "billing_phone"),
        {"order_number": "number", "order_date": "ordered_at", "status": "status", "order_total": "order_total",
         "billing_first_name": "first_name", "billing_last_name": "last_name", "billing_phone": "phone",
         "shipping_phone": "phone2"},
    ),
    KnownFile(
        "Shopee", "orders", ("No. Pesanan", "Status Pesanan", "Username (Pembeli)", "Nama Produk"),
        {"No. Pesanan": "number", "Status Pesanan": "status", "Waktu Pesanan Dibuat": "ordered_at",
         "Nomor Referensi SKU": "sku", "Nama Produk": "product", "Jumlah": "quantity",
         "Harga Setelah Diskon": "unit_price", "Total Harga Produk": "total", "Total Pembayaran": "order_total",
         "Username (Pembeli)": "username", "Nama Penerima": "name", "No. Telepon": "phone"},
        marketplace="shopee",
    ),
    KnownFile(
        "Shopee", "orders", ("Order ID", "Order Status", "Username (Buyer)", "Product Name"),
        {"Order ID": "number", "Order Status": "status", "Order Creation Date": "ordered_at",
         "SKU Reference No.": "sku", "Product Name": "product", "Quantity": "quantity", "Deal Price": "unit_price",
         "Product Subtotal": "total", "Grand Total": "order_total", "Username (Buyer)": "username",
         "Receiver Name": "name", "Phone Number": "phone"},
        marketplace="shopee",
    ),
    KnownFile(
        "TikTok Shop / Tokopedia", "orders", ("Order ID", "Order Status", "Seller SKU", "Buyer Username"),
        {"Order ID": "number", "Order Status": "status", "Created Time": "ordered_at", "Seller SKU": "sku",
         "Product Name": "product", "Product Category": "category", "Quantity": "quantity",
         "SKU Subtotal After Discount": "total", "Order Amount": "order_total",
         "Order Refund Amount": "refunded", "Buyer Username": "username",
         "Recipient": "name", "Phone #": "phone"},
        marketplace="tiktok",
    ),
    KnownFile(
        "Lazada", "orders", ("orderItemId", "orderNumber", "createTime", "itemName"),
        {"orderNumber": "number", "status": "status", "createTime": "ordered_at", "sellerSku": "sku",
         "itemName": "product", "paidPrice": "total", "unitPrice": "total", "billingName": "name",
         "customerName": "name", "shippingName": "name", "billingPhone": "phone", "shippingPhone": "phone2"},
        marketplace="lazada",
    ),
)  # fmt: skip


def known_file(kind: str, columns: Sequence[str]) -> KnownFile | None:
    """Returns the program whose export has these columns, or None."""
    present = {normalise_keyword(name) for name in columns}
    for known in KNOWN_FILES:
        if known.kind == kind and present.issuperset(map(normalise_keyword, known.signature)):
            return known
    return None
