from django.apps import AppConfig


class PersonalizationConfig(AppConfig):
    name = "wabolt.personalization"
    label = "personalization"
