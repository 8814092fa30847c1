"""Reactions to signals of lower rooms. Connected in `OptinConfig.ready`."""

from typing import Any

from django.dispatch import receiver

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Identity
from wabolt.contacts.signals import contacts_erased
from wabolt.lib.restore import Restore, database_restored
from wabolt.optin.models import NumberRequest
from wabolt.optin.services import carry_points, forget_requests


@receiver(contacts_erased)
def forget_typed_numbers(*, workspace: Workspace, contact_ids: list[int], **_: Any) -> None:
    """Deletes the numbers of erased people that visitors typed for a form."""
    phones = Identity.objects.filter(workspace=workspace, contact__in=contact_ids, kind=Identity.Kind.PHONE)
    forget_requests(NumberRequest.objects.filter(workspace=workspace, phone__in=phones.values("value")))


@receiver(database_restored)
def open_nothing_again(restore: Restore, **_: Any) -> None:
    """Keeps what was closed since the backup closed."""
    if restore.shops:
        carry_points(restore)
