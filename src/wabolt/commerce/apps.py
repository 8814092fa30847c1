from django.apps import AppConfig


class CommerceConfig(AppConfig):
    name = "wabolt.commerce"
    label = "commerce"

    def ready(self) -> None:
        from wabolt.commerce import panels, receivers  # noqa: F401 - connects the receivers
        from wabolt.commerce.services.imports import ORDERS, REASONS
        from wabolt.contacts.services import belongs_to_contact, imports

        imports.register(ORDERS)
        imports.register_reasons(REASONS)
        panels.register_panels()
        for table in ("commerce_order", "commerce_orderline", "commerce_voucher"):
            belongs_to_contact(table)
