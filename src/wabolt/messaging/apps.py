from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "wabolt.messaging"
    label = "messaging"
