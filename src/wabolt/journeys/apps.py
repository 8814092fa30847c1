from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "wabolt.journeys"
    label = "journeys"

    def ready(self) -> None:
        from wabolt.journeys import receivers, registrations, tallies  # noqa: F401 - connects

        tallies.register()
        registrations.register()
