from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "wabolt.contacts"
    label = "contacts"

    def ready(self) -> None:
        from wabolt.contacts.services import imports

        imports.register(imports.CONTACTS)
