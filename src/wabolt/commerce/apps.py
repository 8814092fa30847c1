from django.apps import AppConfig


class CommerceConfig(AppConfig):
    name = "wabolt.commerce"
    label = "commerce"

    def ready(self) -> None:
        from wabolt.commerce import panels
        from wabolt.commerce.services.imports import ORDERS, REASONS
        from wabolt.contacts.services import imports

        imports.register(ORDERS)
        imports.register_reasons(REASONS)
        panels.register_panels()
