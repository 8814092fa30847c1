from django.apps import AppConfig
from django.utils.translation import ngettext


class CommerceConfig(AppConfig):
    name = "wabolt.commerce"
    label = "commerce"

    def ready(self) -> None:
        from wabolt.commerce import panels, receivers  # noqa: F401 - connects the receivers
        from wabolt.commerce.services.imports import ORDERS, REASONS, TITLES
        from wabolt.contacts.services import belongs_to_contact
        from wabolt.imports.registry import register, register_reasons

        register(ORDERS)
        register_reasons(REASONS, TITLES)
        panels.register_panels()
        belongs_to_contact("commerce_order", words=lambda count: ngettext("%(count)s order", "%(count)s orders", count))
        belongs_to_contact("commerce_orderline")
        belongs_to_contact(
            "commerce_voucher",
            once=("origin_kind", "origin_id"),
            words=lambda count: ngettext("%(count)s voucher code", "%(count)s voucher codes", count),
        )
