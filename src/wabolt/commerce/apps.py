from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class CommerceConfig(AppConfig):
    name = "wabolt.commerce"
    label = "commerce"

    def ready(self) -> None:
        from wabolt.commerce import actions, panels, registrations, segment_fields, variables, words
        from wabolt.commerce import receivers as _receivers  # noqa: F401 - connects them
        from wabolt.commerce.services.imports import ORDERS, REASONS, TITLES
        from wabolt.contacts.registry import PersonalData, register_personal_data, register_source
        from wabolt.imports.registry import register, register_reasons

        register_source("order", _("Orders"))
        register(ORDERS)
        register_reasons(REASONS, TITLES)
        actions.register()
        words.register_states()
        registrations.register()
        panels.register_panels()
        segment_fields.register()
        variables.register()
        register_personal_data(
            PersonalData(
                "commerce_order",
                _("Orders"),
                keeps=("number", "currency", "voucher_code", "source", "cart_key"),
                count_words=lambda count: ngettext("%(count)s order", "%(count)s orders", count),
            ),
            PersonalData("commerce_orderline", _("Order lines")),
            PersonalData(
                "commerce_voucher",
                _("Voucher codes"),
                keeps=("code", "origin_kind", "key"),
                once=("origin_kind", "origin_id", "key"),
                count_words=lambda count: ngettext("%(count)s voucher code", "%(count)s voucher codes", count),
            ),
            PersonalData(
                "commerce_cart",
                _("Carts"),
                fate="deleted",
                count_words=lambda count: ngettext("%(count)s cart", "%(count)s carts", count),
            ),
            PersonalData("commerce_cartversion", _("Contents of carts"), fate="deleted"),
        )
