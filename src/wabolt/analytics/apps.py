from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "wabolt.analytics"
    label = "analytics"
