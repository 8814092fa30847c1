from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    name = "wabolt.analytics"
    label = "analytics"

    def ready(self) -> None:
        from wabolt.analytics import services, views
        from wabolt.broadcasts.registry import Panel, register_panel, register_revenue
        from wabolt.journeys import registry as journeys
        from wabolt.ui.navigation import NavItem, register

        register(NavItem("home", _("Home"), "analytics:home", "home", phone_bar=True, order=10))
        register_panel(Panel("report", "analytics/report_panel.html", views.report_panel))
        register_revenue(views.revenue_column)
        journeys.register_revenue(views.revenue_of_steps)
        journeys.register_panel(journeys.Panel("revenue", "analytics/journey_panel.html", views.journey_panel))
        services.register()
