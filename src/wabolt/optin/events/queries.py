"""Reads of events: the event with its counts, the list of guests, and the door."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Identity
from wabolt.lib import clock
from wabolt.lib.public_address import absolute_url
from wabolt.lib.quiet_hours import Hours
from wabolt.messaging.models import Message
from wabolt.optin.events.scanning import Scanned
from wabolt.optin.models import Registration, ShopEvent
from wabolt.optin.rules.codes import codes_in
from wabolt.optin.rules.events import Phase, free_seats

State = Registration.State
NOT_DELIVERED = ("failed", "suppressed")


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of an event. `offered`: seats on offer. `free`: None without a limit. `missed`: people with a seat
    who did not come, after the end of an event with at least one check-in; else None."""

    registered: int
    offered: int
    waiting: int
    cancelled: int
    present: int
    free: int | None
    missed: int | None


def event_of_point(workspace: Workspace, point_id: int) -> ShopEvent | None:
    """The event of an entry point; None if the workspace has none with this id."""
    found = ShopEvent.objects.filter(workspace=workspace, point=point_id)
    return found.select_related("workspace", "point__channel", "point__marketing_wording", "point__workspace").first()


def counts(event: ShopEvent) -> Counts:
    """The numbers of an event, in one statement."""
    states = {state.value: Count("pk", filter=Q(state=state)) for state in State}
    numbers = Registration.objects.filter(event=event).aggregate(
        **states, present=Count("pk", filter=Q(checked_in_at__isnull=False))
    )
    is_known = numbers["present"] > 0 and event.phase(clock.now()) is Phase.OVER
    return Counts(
        registered=numbers["registered"],
        offered=numbers["offered"],
        waiting=numbers["waiting"],
        cancelled=numbers["cancelled"] + numbers["lapsed"],
        present=numbers["present"],
        free=free_seats(event.capacity, numbers["registered"] + numbers["offered"]),
        missed=numbers["registered"] - numbers["present"] if is_known else None,
    )


def guests(event: ShopEvent, which: str) -> QuerySet[Registration]:
    """The registrations of a list: "registered", "waiting" (in their turn), "present", "missed", "gone"."""
    registrations = Registration.objects.filter(event=event).select_related("contact", "entry", "checked_in_by")
    registrations = registrations.annotate(
        not_told=Exists(
            Message.objects.filter(
                workspace=event.workspace,
                contact=OuterRef("contact"),
                origin_kind="event",
                origin_id=event.point_id,
                state__in=NOT_DELIVERED,
            )
        )
    )
    match which:
        case "waiting":
            return registrations.filter(state__in=[State.OFFERED, State.WAITING]).order_by("state", "queued_at", "pk")
        case "present":
            return registrations.filter(checked_in_at__isnull=False).order_by("-checked_in_at")
        case "missed":
            return registrations.filter(state=State.REGISTERED, checked_in_at=None).order_by("name", "pk")
        case "gone":
            return registrations.filter(state__in=[State.CANCELLED, State.LAPSED]).order_by("-pk")
    return registrations.filter(state=State.REGISTERED).order_by("name", "pk")


def at_door(event: ShopEvent, text: str, *, is_member: bool) -> list[Registration]:
    """The guests whom a helper at the door looks for, at most 20: by ticket (also the address in its QR code), by the
    last digits of the number, or by a part of the name. Without a text those who came last. A helper who is no member
    searches by exactly the last four digits: with more digits, one after the other, they would find out the number."""
    registrations = Registration.objects.filter(event=event).exclude(state__in=[State.CANCELLED, State.LAPSED])
    registrations = registrations.select_related("contact", "checked_in_by")
    if not text:
        return list(registrations.filter(checked_in_at__isnull=False).order_by("-checked_in_at")[:5])
    codes = codes_in(text)
    if codes and (ticket := list(registrations.filter(ticket__in=codes)[:20])):
        return ticket
    digits = "".join(char for char in text if char.isdigit())
    condition = Q(name__icontains=text)
    ending = digits.lstrip("0")[-9:] if is_member else digits
    is_number = len(digits) >= 3 if is_member else len(digits) == 4
    if is_number:
        numbers = Identity.objects.filter(workspace=event.workspace, kind=Identity.Kind.PHONE)
        condition |= Q(contact__in=numbers.filter(value__endswith=ending).values("contact"))
    return list(registrations.filter(condition).order_by("checked_in_at", "name", "pk")[:20])


def guest_of_ticket(event: ShopEvent, scanned: Scanned | None) -> Registration | None:
    """The registration of a scanned ticket of this event; None for a ticket of another event and for no ticket."""
    if scanned is None or scanned.slug not in {"", event.point.slug}:
        return None
    return Registration.objects.filter(event=event, ticket=scanned.ticket).first()


def version_of_door(event: ShopEvent) -> tuple[int, datetime | None]:
    """Changes when any helper checks a guest in or takes it back."""
    present = Registration.objects.filter(event=event, checked_in_at__isnull=False)
    found = present.aggregate(number=Count("pk"), last=Max("checked_in_at"))
    return found["number"], found["last"]


def by_ticket(slug: str, ticket: str) -> Registration | None:
    """The registration with this ticket, or with the code of the form that was confirmed last; None for neither."""
    found = Registration.objects.filter(Q(ticket=ticket) | Q(entry__code=ticket), event__point__slug=slug)
    return found.select_related("event__point__channel", "event__point__workspace", "event__workspace").first()


def guest_hours(event: ShopEvent) -> Hours:
    """The quiet hours of the event's number, in the zone of the event."""
    channel = event.point.channel
    return Hours(event.tz, channel.quiet_from, channel.quiet_until)


def number_in_line(registration: Registration) -> int:
    """The number of people on the waiting list whose turn is earlier."""
    waiting = Registration.objects.filter(event=registration.event_id, state=State.WAITING)
    earlier = waiting.filter(queued_at__lt=registration.queued_at)
    same = waiting.filter(queued_at=registration.queued_at, pk__lt=registration.pk)
    return earlier.count() + same.count()


def ticket_url(registration: Registration) -> str:
    """The address of the ticket, which the QR code of the ticket holds."""
    return absolute_url(reverse("optin:ticket", args=[registration.event.point.slug, registration.ticket]))


def door_path(event: ShopEvent) -> str:
    """The path of the page for helpers without an account; "" if there is no link. It holds nothing that is stored: the
    key is a signature over the time at which the link was made."""
    if event.door_opened_at is None:
        return ""
    return reverse("optin:helper_door", args=[event.point.slug, _door_key(event)])


def door_of(slug: str, key: str) -> ShopEvent | None:
    """The event whose guests a helper may check in with this key: from a day before it until a day after it."""
    now, day = clock.now(), timedelta(days=1)
    near = ShopEvent.objects.filter(cancelled_at=None, starts_at__lt=now + day, ends_at__gt=now - day)
    event = near.filter(point__slug=slug, point__archived_at=None, door_opened_at__isnull=False)
    found = event.select_related("point__workspace", "workspace").first()
    return found if found is not None and constant_time_compare(key, _door_key(found)) else None


def _door_key(event: ShopEvent) -> str:
    return signing.Signer(salt="optin.door").signature(f"{event.pk}:{event.door_opened_at:%Y%m%d%H%M%S%f}")
