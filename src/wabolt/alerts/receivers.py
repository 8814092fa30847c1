"""Ends push subscriptions with the session, and after a restore those of an older backup."""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from wabolt.accounts.models import User
from wabolt.alerts import services
from wabolt.alerts.devices import FORGET_ON_SIGN_OUT
from wabolt.lib.restore import Restore, database_restored
from wabolt.lib.web import whole_number


@receiver(user_logged_out)
def forget_device(request: HttpRequest, user: User | None, **_: Any) -> None:
    """A signed-out browser shows no notifications."""
    device_id = whole_number(str(request.session.get(FORGET_ON_SIGN_OUT, "")))
    if user is not None and device_id is not None:
        services.remove_device(user=user, device_id=device_id)


@receiver(database_restored)
def keep_current_devices(restore: Restore, **_: Any) -> None:
    services.keep_current_devices(restore=restore)
