from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "wabolt.ui"
    label = "ui"
