"""The writes of alerts, for other rooms."""

from wabolt.alerts.services.alerts import (
    acknowledge_alert,
    open_alert,
    open_alert_of_installation,
    purge_resolved,
    reconcile_alerts,
    resolve_alert,
    resolve_alert_of_installation,
    resolve_alerts,
    resolve_ended,
)
from wabolt.alerts.services.announcing import announce_due
from wabolt.alerts.services.delivering import deliver_due, queue_due
from wabolt.alerts.services.mail import MailSettings, remove_mail_server, save_mail_server
from wabolt.alerts.services.preferences import save_preferences, send_test
from wabolt.alerts.services.push import Subscription, add_device, push_key, remove_device
from wabolt.alerts.services.restoring import keep_current_devices

__all__ = [
    "MailSettings",
    "Subscription",
    "acknowledge_alert",
    "add_device",
    "announce_due",
    "deliver_due",
    "keep_current_devices",
    "open_alert",
    "open_alert_of_installation",
    "purge_resolved",
    "push_key",
    "queue_due",
    "reconcile_alerts",
    "remove_device",
    "remove_mail_server",
    "resolve_alert",
    "resolve_alert_of_installation",
    "resolve_alerts",
    "resolve_ended",
    "save_mail_server",
    "save_preferences",
    "send_test",
]
