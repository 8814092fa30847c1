from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "wabolt.channels"
    label = "channels"
