from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PersonalizationConfig(AppConfig):
    name = "wabolt.personalization"
    label = "personalization"

    def ready(self) -> None:
        from wabolt.personalization.registry import Variable, VariableGroup, register_variables

        name = Variable("shop.name", _("Name of the shop"), "Gaya Nusantara")
        register_variables(VariableGroup("shop", lambda _workspace: [name], is_setting=True))
