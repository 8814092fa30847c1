from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "wabolt.contacts"
    label = "contacts"
