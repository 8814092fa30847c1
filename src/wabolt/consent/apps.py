from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "wabolt.consent"
    label = "consent"
