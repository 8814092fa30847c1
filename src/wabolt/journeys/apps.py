from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "wabolt.journeys"
    label = "journeys"

    def ready(self) -> None:
        from wabolt.journeys import receivers, registrations, segment_fields, tallies, timeline  # noqa: F401 - connects

        tallies.register()
        registrations.register()
        segment_fields.register()
        timeline.register()
