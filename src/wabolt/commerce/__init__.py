"""Orders, products and vouchers of contacts.

Owns the models `Product`, `Order`, `OrderLine`, `Voucher` and `PurchaseFacts`. Registers the kind of import "orders",
the purchases panel of the contact page, segment fields, text variables and columns of the export. Start reading at
`services/orders.py`; `services/imports.py` and `services/order_rows.py` import orders from files.
"""
