from django.apps import AppConfig


class BroadcastsConfig(AppConfig):
    name = "wabolt.broadcasts"
    label = "broadcasts"
