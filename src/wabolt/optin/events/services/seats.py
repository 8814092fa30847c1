"""Seats of an event: taken, offered, given back.

Every change of a registration runs in a transaction that holds the lock of its event, so that two changes of one event
take turns. A seat counts as taken while it is registered or on offer. A free seat goes to the waiting list first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.contacts.models import Contact
from wabolt.contacts.services import NewEvent, record_events
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.optin.events import words
from wabolt.optin.events.queries import guest_hours
from wabolt.optin.events.services.sending import tell
from wabolt.optin.models import Entry, Registration, ShopEvent
from wabolt.optin.rules.events import Phase, free_seats, has_seat, offer_times
from wabolt.optin.services.afterwards import run_actions

State = Registration.State
WITH_SEAT = (State.REGISTERED, State.OFFERED)
"""States that take a seat."""
ACTIVE = (State.REGISTERED, State.OFFERED, State.WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A person who registers: their confirmed entry, the name for the door, and the code of the ticket."""

    contact: Contact
    entry: Entry
    name: str
    ticket: str


def locked_event(event_id: int) -> ShopEvent:
    """The event under its lock, in the caller's transaction."""
    events = ShopEvent.objects.select_for_update(no_key=True, of=("self",))
    return events.select_related("point__channel", "workspace").get(pk=event_id)


@transaction.atomic
def take_seat(*, event_id: int, guest: Guest, at: datetime) -> Registration:
    """Registers a person: with a seat if one is free and the waiting list is empty, else on the waiting list.

    A person who is registered, waiting or was offered a seat keeps that. One who had cancelled goes to the end of the
    list. `at`: the time of the customer's message. Nothing is sent.
    """
    event = locked_event(event_id)
    registration = Registration.objects.filter(event=event, contact=guest.contact).first()
    if registration is not None and registration.state in ACTIVE:
        registration.event = event
        return registration
    is_new = registration is None
    if registration is None:
        registration = Registration(workspace=event.workspace, event=event, contact=guest.contact, ticket=guest.ticket)
    registration.event = event
    registration.entry, registration.name = guest.entry, guest.name[:200]
    registration.sequence += 0 if is_new else 1
    seat_or_wait(registration, at)
    return registration


def seat_or_wait(registration: Registration, at: datetime) -> None:
    """Gives a person without a seat a free one, or the last turn of the waiting list. The caller holds the lock."""
    event = registration.event
    registration.queued_at, registration.cancelled_at, registration.offer_until = at, None, None
    waiting = Registration.objects.filter(event=event, state=State.WAITING).exclude(pk=registration.pk).count()
    if has_seat(event.capacity, _taken(event), waiting):
        _seat(registration, at)
    else:
        registration.state = State.WAITING
        _record(registration, "event_waiting", at)
    registration.save()


@transaction.atomic
def cancel_registration(
    *, workspace: Workspace, registration_id: int, at: datetime | None = None, by: User | None = None
) -> Registration:
    """Cancels a registration and offers its seat to the next person. Nothing is sent to the one who cancelled. `by`:
    the member who cancels for the guest, who gets an audit entry.

    A second cancellation changes nothing, so a seat is given back once. Raises Registration.DoesNotExist.
    """
    registration = _locked(workspace, registration_id)
    if registration.state in ACTIVE:
        _leave(registration, State.CANCELLED, at or clock.now())
        if by is not None:
            _audit(registration, "event.cancel_registration", by)
    return registration


@transaction.atomic
def accept_offer(*, workspace: Workspace, registration_id: int, at: datetime) -> Registration:
    """Takes the offered seat. `at`: the time of the guest's answer.

    An answer that was written in time counts while the offer stays open. After its end the guest gets a free seat, or
    goes to the end of the waiting list.
    """
    registration = _locked(workspace, registration_id)
    event = registration.event
    if registration.state == State.OFFERED and registration.offer_until and at < registration.offer_until:
        _seat(registration, at)
        registration.save()
    elif registration.state in {State.LAPSED, State.OFFERED}:
        had_seat = registration.state == State.OFFERED
        if had_seat:
            _leave(registration, State.LAPSED, at, offer=False)
        seat_or_wait(registration, at)
        if had_seat and registration.state == State.WAITING:
            offer_free_seats(event)
            registration.refresh_from_db(fields=["state", "offer_until"])
    return registration


@transaction.atomic
def decline_offer(*, workspace: Workspace, registration_id: int, at: datetime) -> Registration:
    """Gives the offered seat to the next person."""
    registration = _locked(workspace, registration_id)
    if registration.state == State.OFFERED:
        _leave(registration, State.LAPSED, at)
    return registration


@transaction.atomic
def give_seat(*, workspace: Workspace, registration_id: int, by: User | None = None) -> Registration:
    """Gives a free seat to a person without one, out of turn, and tells them. Raises DomainError "full" or "over"."""
    registration = _locked(workspace, registration_id)
    event, now = registration.event, clock.now()
    if event.phase(now) in {Phase.CANCELLED, Phase.OVER}:
        raise DomainError(_("This event is over or cancelled."), code="over")
    if registration.state == State.REGISTERED:
        return registration
    own = 1 if registration.state == State.OFFERED else 0
    if free_seats(event.capacity, _taken(event) - own) == 0:
        raise DomainError(_("All seats are taken. Somebody has to cancel first."), code="full")
    registration.sequence += 1 if registration.cancelled_at else 0
    registration.cancelled_at = None
    _seat(registration, now)
    registration.save()
    with override(event.point.language):
        text = words.registered(registration)
    tell(registration, text, key=f"seat:{registration.pk}:{now:%Y%m%d%H%M%S}", calendar="PUBLISH")
    _audit(registration, "event.give_seat", by)
    run_seat_actions(registration)
    return registration


def run_seat_actions(registration: Registration) -> None:
    """Runs the actions of the entry point for a guest who has just got their first seat, in the caller's transaction.
    They run once per guest, also if the guest cancels and registers again."""
    if registration.has_first_seat:
        run_actions(registration.event.point, {registration.contact_id: f"registered:{registration.pk}"})


def expire_offers() -> int:
    """Ends the offers whose time is over, tells these people, and offers their seats to the next. Returns the number.

    Two workers share the events that are due.
    """
    ended = 0
    passed: list[int] = []
    while True:
        with transaction.atomic():
            now = clock.now()
            due = Registration.objects.filter(state=State.OFFERED, offer_until__lte=now)
            free = ShopEvent.objects.filter(pk__in=due.values("event")).exclude(pk__in=passed)
            event_id = free.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True).first()
            if event_id is None:
                return ended
            passed.append(event_id)
            event = locked_event(event_id)
            for registration in due.filter(event=event).select_related("workspace", "contact").order_by("queued_at"):
                registration.event = event
                _leave(registration, State.LAPSED, now, offer=False)
                with override(event.point.language):
                    tell(
                        registration, words.lapsed(registration), key=f"lapsed:{registration.pk}:{registration.offers}"
                    )
                ended += 1
            offer_free_seats(event)


def offer_free_seats(event: ShopEvent) -> list[Registration]:
    """Offers each free seat to the next person on the waiting list, under the lock of the event. Returns them."""
    now = clock.now()
    if event.phase(now) in {Phase.CANCELLED, Phase.OVER} or now >= event.starts_at:
        return []
    times = offer_times(now, event.starts_at, guest_hours(event))
    free = free_seats(event.capacity, _taken(event))
    turn = Registration.objects.filter(event=event, state=State.WAITING).order_by("queued_at", "pk")
    if times is None:
        return []
    offered = []
    for registration in turn.select_related("workspace", "contact")[:free]:
        registration.event = event
        registration.state, registration.offer_until = State.OFFERED, times.until
        registration.offers += 1
        with override(event.point.language):
            text = words.offer(registration, times.until)
        key = f"offer:{registration.pk}:{registration.offers}"
        sent = tell(registration, text, key=key, not_before=times.sent_at if times.sent_at > now else None)
        registration.offer_message_id = sent.pk if sent else None
        registration.save(update_fields=["state", "offer_until", "offers", "offer_message_id"])
        offered.append(registration)
    return offered


def _taken(event: ShopEvent) -> int:
    return Registration.objects.filter(event=event, state__in=WITH_SEAT).count()


def _locked(workspace: Workspace, registration_id: int) -> Registration:
    """The registration under the lock of its event. Raises Registration.DoesNotExist."""
    event_id = Registration.objects.values_list("event", flat=True).get(workspace=workspace, pk=registration_id)
    event = locked_event(event_id)
    registration = Registration.objects.select_related("workspace", "contact").get(pk=registration_id)
    registration.event = event
    return registration


def _seat(registration: Registration, at: datetime) -> None:
    registration.has_first_seat = registration.registered_at is None
    registration.state, registration.registered_at, registration.offer_until = State.REGISTERED, at, None
    _record(registration, "event_registered", at)


def _leave(registration: Registration, state: str, at: datetime, *, offer: bool = True) -> None:
    """Ends an active registration in this state. Its seat, if it has one, is offered to the next person."""
    had_seat = registration.state in WITH_SEAT
    registration.state, registration.offer_until = state, None
    registration.checked_in_at = registration.checked_in_by = None
    if state == State.CANCELLED:
        registration.cancelled_at = at
        registration.sequence += 1
        _record(registration, "event_cancelled", at)
    registration.save()
    if had_seat and offer:
        offer_free_seats(registration.event)


def _audit(registration: Registration, action: str, by: User | None) -> None:
    target, data = ("entry_point", registration.event.point_id), {"ticket": registration.ticket}
    record_audit(workspace=registration.workspace, actor=by, action=action, target=target, data=data)


def _record(registration: Registration, kind: str, at: datetime, **more: Any) -> None:
    event = registration.event
    data: Mapping[str, Any] = {
        "event": event.pk, "entry_point": event.point_id, "ticket": registration.ticket, **more
    }  # fmt: skip
    record_events(workspace=registration.workspace, events=[NewEvent(registration.contact_id, kind, at, data)])
