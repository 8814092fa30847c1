from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "wabolt.media"
    label = "media"
