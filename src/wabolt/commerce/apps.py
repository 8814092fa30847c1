from django.apps import AppConfig


class CommerceConfig(AppConfig):
    name = "wabolt.commerce"
    label = "commerce"
