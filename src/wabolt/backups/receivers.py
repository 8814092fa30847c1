"""Connected in `BackupsConfig.ready`."""

from typing import Any

from django.dispatch import receiver

from wabolt.backups import services
from wabolt.lib.restore import Restore, database_restored


@receiver(database_restored)
def settle(restore: Restore, **_: Any) -> None:
    services.settle_after_restore(restore=restore)
