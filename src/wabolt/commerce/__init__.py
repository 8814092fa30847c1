"""Orders, carts, products and vouchers of contacts.

Owns the models `Product`, `Order`, `OrderLine`, `PurchaseFacts`, `Cart`, `CartVersion`, `CartSettings` and `Voucher`.
Registers the kind of import "orders", the panels of purchases and carts, the pages of carts, kinds of events, segment
fields, text variables, columns of the export, a class of retention and the action that gives a voucher. Start reading
at `services/orders.py` and, for carts, at `rules/carts.py`; `services/imports.py` and `services/order_rows.py` import
orders from files.
"""
