from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "wabolt.messaging"
    label = "messaging"

    def ready(self) -> None:
        from wabolt.messaging import channel_ports, panels, receivers  # noqa: F401 - connects the receivers

        channel_ports.register()
        panels.register_panels()
