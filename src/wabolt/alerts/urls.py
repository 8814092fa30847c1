from django.urls import path

from wabolt.alerts.views import listing, mail, preferences

app_name = "alerts"
urlpatterns = [
    path("alerts/", listing.alert_list, name="list"),
    path("alerts/<int:alert_id>/", listing.open_page, name="open"),
    path("alerts/<int:alert_id>/acknowledge/", listing.acknowledge, name="acknowledge"),
    path("settings/alerts/", preferences.preferences, name="preferences"),
    path("settings/alerts/test/", preferences.test, name="test"),
    path("settings/alerts/devices/", preferences.add_device, name="add_device"),
    path("settings/alerts/devices/forget/", preferences.forget_device, name="forget_device"),
    path("settings/alerts/devices/<int:device_id>/remove/", preferences.remove_device, name="remove_device"),
    path("settings/alerts/mail/", mail.mail_server, name="mail"),
    path("settings/alerts/mail/remove/", mail.remove_mail_server, name="remove_mail"),
]
