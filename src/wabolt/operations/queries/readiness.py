"""Whether the installation can do its work now."""

import shutil
from dataclasses import dataclass

from django.conf import settings
from django.db import Error, connection

from wabolt.lib.disk import MIN_FREE
from wabolt.lib.sql import statement
from wabolt.operations.rules import MISSING_AFTER

PARTS = ("database", "disk", "gateway", "worker", "consumer")

_ALIVE = statement(__file__, "alive")


@dataclass(frozen=True, slots=True)
class Readiness:
    """`missing`: the parts (of PARTS) that do not work; empty when everything does."""

    missing: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        return not self.missing


def readiness() -> Readiness:
    """Checks all parts with the database, and retries with a new connection if the present one was ended.

    If the database does not answer, it is the only missing part, because the state of the others is unknown.
    """
    try:
        gateway, consumer, worker = _ask()
    except Error:
        connection.close()
        try:
            gateway, consumer, worker = _ask()
        except Error:
            connection.close()
            return Readiness(("database",))
    found = {"disk": free_bytes() >= MIN_FREE, "gateway": gateway, "worker": worker, "consumer": consumer}
    return Readiness(tuple(part for part in PARTS if not found.get(part, True)))


def _ask() -> tuple[bool, bool, bool]:
    with connection.cursor() as cursor:
        cursor.execute(_ALIVE, {"stale": MISSING_AFTER})
        gateway, consumer, worker = cursor.fetchone()
        return gateway, consumer, worker


def free_bytes() -> int:
    """Returns free bytes on the disk of this machine's home folder."""
    try:
        return shutil.disk_usage(settings.DATA_FOLDER).free
    except OSError:  # no home folder: this machine keeps no data
        return MIN_FREE
