"""What composing and running share."""

from wabolt.broadcasts.models import Broadcast

ORIGIN = "broadcast"


def locked(broadcast: Broadcast) -> Broadcast:
    """The broadcast as it is now, locked until the end of the transaction: two buttons pressed at once act in turn."""
    return Broadcast.objects.select_for_update(of=("self",)).select_related("workspace", "channel").get(pk=broadcast.pk)
