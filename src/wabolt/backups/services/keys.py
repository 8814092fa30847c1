"""The key for which backups are encrypted.

The first key is created without the owner, so that backups begin with the first night. Its private key is sealed in the
database until the owner confirms that they wrote it down, and is then deleted. A key that replaces a confirmed one is
used only after its own confirmation.
"""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import User
from wabolt.accounts.services import Actor, record_audit
from wabolt.backups import queries, recovery_key
from wabolt.backups.models import BackupSettings
from wabolt.backups.services.settings import ensure_settings
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.vault import seal


@transaction.atomic
def ensure_key() -> str:
    """Returns the recipient of backups ("age1..."). The first call creates the key."""
    ensure_settings()
    row = BackupSettings.objects.select_for_update().get(pk=1)
    if not row.recipient:
        key = recovery_key.create()
        row.recipient, row.sealed_key = recovery_key.recipient_of(key), seal(key)
        row.save(update_fields=["recipient", "sealed_key"])
    return row.recipient


@transaction.atomic
def replace_key(*, by: User | None = None) -> str:
    """Creates and returns a new key. The present key stays in use until the new one is confirmed."""
    ensure_key()
    key = recovery_key.create()
    BackupSettings.objects.filter(pk=1).update(sealed_key=seal(key))
    _record("backup.new_key", by)
    return key


@transaction.atomic
def confirm_key(*, last_group: str, by: User | None = None) -> None:
    """Takes the pending key into use and removes its private half. Raises DomainError if `last_group` is not the last
    group of the key."""
    BackupSettings.objects.select_for_update().filter(pk=1).first()
    key = queries.pending_key()
    if not key:
        raise DomainError(_("There is no key to confirm. It was confirmed already, or it can no longer be shown."))
    if last_group.strip().upper() != recovery_key.last_group(key):
        raise DomainError(_("This is not the last group of the key. Compare it with your note."), field="last_group")
    BackupSettings.objects.filter(pk=1).update(
        recipient=recovery_key.recipient_of(key), sealed_key="", key_confirmed_at=clock.now()
    )
    _record("backup.confirm_key", by)


@transaction.atomic
def withdraw_key() -> None:
    """Deletes a pending key that would replace a confirmed one."""
    BackupSettings.objects.filter(pk=1, key_confirmed_at__isnull=False).update(sealed_key="")


def _record(action: str, by: User | None) -> None:
    shop = queries.first_shop()
    if shop is not None:
        record_audit(workspace=shop, actor=by or Actor("command line"), action=action)
