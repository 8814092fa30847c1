"""Reminders: planned with the event, and sent in batches when they are due."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import override

from wabolt.lib import clock
from wabolt.optin.events import words
from wabolt.optin.events.queries import guest_hours
from wabolt.optin.events.services.seats import State
from wabolt.optin.events.services.sending import tell
from wabolt.optin.models import EventReminder, Registration, ShopEvent
from wabolt.optin.rules.events import is_too_late, reminder_times

BATCH = 100
"""Guests who are reminded in one transaction."""


def plan_reminders(event: ShopEvent) -> None:
    """Stores the times of the reminders of an event, also after a move. A reminder in the past is left out."""
    now, workspace = clock.now(), event.workspace
    planned = [
        EventReminder(
            workspace=workspace, event=event, kind=kind, due_at=due_at, done_at=now if due_at <= now else None
        )
        for kind, due_at in reminder_times(event.starts_at, guest_hours(event)).items()
    ]
    EventReminder.objects.bulk_create(
        planned,
        update_conflicts=True,
        unique_fields=["event", "kind"],
        update_fields=["due_at", "last_id", "done_at"],
    )


def send_due_reminders() -> int:
    """Queues the reminders that are due. Returns the number of messages.

    A reminder is claimed with SKIP LOCKED and sent in batches; each batch commits its progress, and the idempotency key
    of a message names the reminder and the time of the event. Who got the seat after the reminder's time gets none.
    """
    sent = 0
    while True:
        with transaction.atomic():
            due = EventReminder.objects.filter(done_at=None, due_at__lte=clock.now()).order_by("due_at", "pk")
            claimed = due.select_for_update(skip_locked=True, of=("self",), no_key=True)
            reminder = claimed.select_related("event__point__channel", "event__workspace").first()
            if reminder is None:
                return sent
            sent += _send_batch(reminder)


def leave_out_unknown(*, known: Collection[int]) -> int:
    """Leaves out the reminders that are due after a restore, because they may have been sent since the backup was made.
    Returns how many. In the `known` workspaces the messages since then are known, so none is sent twice."""
    due = EventReminder.objects.filter(done_at=None, due_at__lte=clock.now()).exclude(workspace__in=known)
    return due.update(done_at=clock.now())


def _send_batch(reminder: EventReminder) -> int:
    event, now = reminder.event, clock.now()
    others = EventReminder.objects.filter(event=event).exclude(pk=reminder.pk).values_list("due_at", flat=True)
    guests: list[Registration] = []
    if not event.cancelled_at and not is_too_late(reminder.due_at, others, event.starts_at, now):
        seated = Registration.objects.filter(event=event, state=State.REGISTERED, registered_at__lte=reminder.due_at)
        turn = seated.filter(pk__gt=reminder.last_id).select_related("workspace", "contact").order_by("pk")
        guests = list(turn[:BATCH])
    sent = 0
    for registration in guests:
        registration.event = event
        with override(event.point.language):
            text = words.reminder(registration, now)
        key = f"{reminder.kind}:{registration.pk}:{event.starts_at:%Y%m%d%H%M}"
        sent += tell(registration, text, key=key) is not None
        reminder.last_id = registration.pk
    if len(guests) < BATCH:
        reminder.done_at = now
    reminder.save(update_fields=["last_id", "done_at"])
    return sent
