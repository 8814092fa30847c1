"""Registrations of people who are merged, parted or erased."""

from django.db import transaction

from wabolt.accounts.models import Workspace
from wabolt.lib import clock
from wabolt.optin.events.services.seats import (
    ACTIVE,
    State,
    cancel_registration,
    locked_event,
    offer_free_seats,
    seat_or_wait,
)
from wabolt.optin.models import Registration, ShopEvent

_STRENGTH = (State.REGISTERED, State.OFFERED, State.WAITING)


@transaction.atomic
def join_registrations(*, workspace: Workspace, kept_id: int, absorbed_id: int) -> list[int]:
    """Makes one registration of two at each event where both contacts had one, and frees the second seat.

    The kept contact's registration gets the stronger state, and the check-in. Returns the ids of the absorbed contact's
    registrations that lost theirs, for `part_registrations`.
    """
    lost: list[int] = []
    for event_id in Registration.objects.filter(contact=absorbed_id, workspace=workspace).values_list(
        "event", flat=True
    ):
        event = locked_event(event_id)
        absorbed = Registration.objects.get(event=event, contact=absorbed_id)
        kept = Registration.objects.filter(event=event, contact=kept_id).first()
        if kept is None or absorbed.state not in ACTIVE:
            continue
        if _rank(absorbed) < _rank(kept):
            for name in ("state", "registered_at", "offer_until", "offer_message_id"):
                setattr(kept, name, getattr(absorbed, name))
            kept.cancelled_at = None
        if absorbed.checked_in_at and kept.state == State.REGISTERED and not kept.checked_in_at:
            kept.checked_in_at, kept.checked_in_by_id = absorbed.checked_in_at, absorbed.checked_in_by_id
        absorbed.state, absorbed.cancelled_at, absorbed.offer_until = State.CANCELLED, clock.now(), None
        absorbed.checked_in_at = absorbed.checked_in_by_id = None
        absorbed.save()
        kept.save()
        offer_free_seats(event)
        lost.append(absorbed.pk)
    return lost


@transaction.atomic
def part_registrations(*, workspace: Workspace, absorbed_id: int, lost: list[int]) -> None:
    """Undoes `join_registrations`: the absorbed contact gets a seat if one is free, else waits for one."""
    for registration in Registration.objects.filter(workspace=workspace, contact=absorbed_id, pk__in=lost):
        event = locked_event(registration.event_id)
        if registration.state == State.CANCELLED and not event.cancelled_at and event.ends_at > clock.now():
            registration.event = event
            seat_or_wait(registration, clock.now())


@transaction.atomic
def forget_registrations(*, workspace: Workspace, contact_ids: list[int]) -> None:
    """Frees the seats of people who are erased. The erasure empties the rows, which stay for the counts."""
    found = Registration.objects.filter(workspace=workspace, contact__in=contact_ids)
    ahead = ShopEvent.objects.filter(workspace=workspace, ends_at__gt=clock.now())
    for registration_id in found.filter(event__in=ahead, state__in=ACTIVE).values_list("pk", flat=True):
        cancel_registration(workspace=workspace, registration_id=registration_id)


def _rank(registration: Registration) -> int:
    state = registration.state
    return _STRENGTH.index(State(state)) if state in _STRENGTH else len(_STRENGTH)
