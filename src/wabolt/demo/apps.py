from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "wabolt.demo"
    label = "demo"
