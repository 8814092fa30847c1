from django.apps import AppConfig


class WishesConfig(AppConfig):
    name = "tests.wishes"
    label = "wishes"

    def ready(self) -> None:
        from tests.wishes import registrations

        registrations.register()
