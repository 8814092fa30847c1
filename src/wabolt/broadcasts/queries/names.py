"""How broadcasts are called in segments ("read \"Koleksi Lebaran\"")."""

from collections.abc import Sequence

from django.db.models import Value
from django.db.models.functions import Lower

from wabolt.accounts.models import Workspace
from wabolt.broadcasts.models import Broadcast

SENT = (Broadcast.State.RUNNING, Broadcast.State.PAUSED, Broadcast.State.COMPLETED, Broadcast.State.CANCELLED)


class SegmentNames:
    """What segments.queries.BroadcastNames asks for."""

    def ids(self, workspace: Workspace, names: Sequence[str]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        rows = Broadcast.objects.filter(workspace=workspace, state__in=SENT).annotate(lowered=Lower("name"))
        for lowered, pk in rows.filter(lowered__in=[Lower(Value(name)) for name in names]).values_list("lowered", "id"):
            found.setdefault(lowered, []).append(pk)
        return found

    def recent(self, workspace: Workspace) -> list[str]:
        rows = Broadcast.objects.filter(workspace=workspace, state__in=SENT).order_by("-id")
        return list(dict.fromkeys(rows.values_list("name", flat=True)[:50]))
