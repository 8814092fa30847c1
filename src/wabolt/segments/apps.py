from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "wabolt.segments"
    label = "segments"
