from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "wabolt.consent"
    label = "consent"

    def ready(self) -> None:
        from wabolt.consent import receivers  # noqa: F401  # connects them
