from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "wabolt.operations"
    label = "operations"

    def ready(self) -> None:
        from wabolt.operations import figures

        figures.register()
