from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "wabolt.messaging"
    label = "messaging"

    def ready(self) -> None:
        from wabolt.messaging import panels, receivers  # noqa: F401 - connects the receivers

        panels.register_panels()
