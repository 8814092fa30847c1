from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "wabolt.privacy"
    label = "privacy"

    def ready(self) -> None:
        from wabolt.privacy import audit, receivers, registrations  # noqa: F401 - connects the receivers

        audit.register()
        registrations.register()
