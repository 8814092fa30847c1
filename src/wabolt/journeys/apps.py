from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "wabolt.journeys"
    label = "journeys"

    def ready(self) -> None:
        from wabolt.journeys import (
            actions,
            condition_places,
            places,
            recipes,
            registrations,
            segment_fields,
            tallies,
            timeline,
        )
        from wabolt.journeys import receivers as receivers  # connects

        actions.register()
        tallies.register()
        registrations.register()
        segment_fields.register()
        timeline.register()
        places.register_places()
        recipes.register()
        condition_places.register()
