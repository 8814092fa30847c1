"""Events for the consumer of journeys. The real one reads only events of ended transactions; a test runs in one."""

from wabolt.contacts.models import Event
from wabolt.contacts.registry import LoggedEvent
from wabolt.journeys.services import advance_due
from wabolt.journeys.services.hearing import handle


class Follower:
    """Gives the consumer all events since its last call."""

    def __init__(self) -> None:
        self.last = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0

    def hear(self) -> bool:
        """Returns whether there were events."""
        fields = ("id", "workspace_id", "contact_id", "kind", "time", "data")
        rows = list(Event.objects.filter(id__gt=self.last).order_by("id").values_list(*fields))
        if rows:
            self.last = rows[-1][0]
            handle([LoggedEvent(*row) for row in rows])
        return bool(rows)

    def catch_up(self) -> None:
        """Hears all events and moves all people who are due."""
        self.hear()
        advance_due()
