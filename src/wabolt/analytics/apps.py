from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    name = "wabolt.analytics"
    label = "analytics"

    def ready(self) -> None:
        from wabolt.accounts.registry import register_audit
        from wabolt.analytics import report_views, services, tallies, views
        from wabolt.broadcasts.registry import Panel, register_check_note, register_panel, register_revenue
        from wabolt.journeys import registry as journeys
        from wabolt.ui.navigation import NavItem, register

        register(NavItem("home", _("Home"), "analytics:home", "home", phone_bar=True, order=10))
        hint = _("Results in rupiah, and the share of promotions")
        register(
            NavItem("reports", _("Reports"), "analytics:reports", "trending-up", section="more", order=35, hint=hint)
        )
        register_audit(
            actions={"report.change_aim": _("Changed the aim for promotions")},
            settings={"promotion_percent": _("At most so many promotions (%)")},
        )
        register_check_note("content_mix", report_views.broadcast_note)
        journeys.register_check_note("content_mix", report_views.journey_note)
        register_panel(Panel("report", "analytics/report_panel.html", views.report_panel))
        register_revenue(views.revenue_column)
        journeys.register_revenue(views.revenue_of_steps)
        journeys.register_panel(journeys.Panel("revenue", "analytics/journey_panel.html", views.journey_panel))
        services.register()
        tallies.register()
