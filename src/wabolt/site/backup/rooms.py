"""What the rooms have to do about a restore; run in a process of its own, against one database.

``carry FILE`` reads the stops of the present database into FILE; ``finish FILE`` brings a restored one up to date,
lets every room's ``after_restore`` hold back what would go on by itself, pauses every number, and applies the stops of
FILE.
"""

import json
import sys
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from wabolt.site.database import set_up_django
from wabolt.site.words import _


def carry(file: Path) -> None:
    """Write down whose stop must outlive the restore. A database without a shop has none."""
    from django.db import connection

    from wabolt.accounts.models import Workspace
    from wabolt.consent import queries

    if not {"accounts_workspace", "consent_suppression"} <= set(connection.introspection.table_names()):
        return
    found = [
        {
            "workspace": workspace.pk,
            "created_at": workspace.created_at.isoformat(),
            "stops": [
                [kind, value, reason, since.isoformat()] for kind, value, reason, since in queries.stops(workspace)
            ],
        }
        for workspace in Workspace.objects.order_by("pk")
    ]
    file.write_text(json.dumps(found), encoding="utf-8")


def finish(file: Path) -> None:
    """Migrate, pause, and keep the promise that a stop survives a restore."""
    from django.apps import apps

    from wabolt.accounts.models import Workspace
    from wabolt.channels.models import Channel
    from wabolt.consent.services.ledger import reapply_stops
    from wabolt.messaging.services import pause_lane
    from wabolt.site.prepare import migrate, refuse_newer

    refuse_newer()
    migrate()
    for config in apps.get_app_configs():
        if config.name.startswith("wabolt.") and find_spec(f"{config.name}.services"):
            after_restore = getattr(import_module(f"{config.name}.services"), "after_restore", None)
            if after_restore:
                after_restore()
    for channel in Channel.objects.all():
        # what the backup holds as waiting may have gone out since it was made: a person decides
        pause_lane(channel=channel, reason=_("Restored from a backup"))
    for entry in json.loads(file.read_text("utf-8")):
        # the same shop, and not another one that was restored over it
        same = Workspace.objects.filter(pk=entry["workspace"], created_at=datetime.fromisoformat(entry["created_at"]))
        stops = [(kind, value, reason, datetime.fromisoformat(since)) for kind, value, reason, since in entry["stops"]]
        for workspace in same:
            reapply_stops(workspace=workspace, stops=stops)


if __name__ == "__main__":
    set_up_django()
    {"carry": carry, "finish": finish}[sys.argv[1]](Path(sys.argv[2]))
