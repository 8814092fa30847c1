"""The settings of events: making, changing and cancelling them, and the messages about it to the guests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.lib import clock, jobs
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, storable
from wabolt.optin.events import words
from wabolt.optin.events.services.reminders import plan_reminders
from wabolt.optin.events.services.seats import ACTIVE, WITH_SEAT, State, locked_event, offer_free_seats
from wabolt.optin.events.services.sending import tell
from wabolt.optin.models import EntryPoint, Registration, ShopEvent
from wabolt.optin.services.points import PointDraft, change_point, new_point

MAX_QUESTIONS = 5
MAX_SEATS = 100_000
NOTICE_AFTER = timedelta(minutes=1)
"""Time between a change and the notice to the guests, so that a change that is corrected at once is announced once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDraft:
    """The settings of an event, as a form gives them.

    `point`: the settings of its entry point; `point.name` is the title of the event. `questions`: [{key, label,
    choices, required}]; `key` is "own:<number>" and stays with the answers, `choices` is a list of texts, empty for a
    free answer.
    """

    point: PointDraft
    starts_at: datetime
    ends_at: datetime
    timezone: str
    venue: str = ""
    online_url: str = ""
    capacity: int | None = None
    questions: Sequence[Mapping[str, Any]] = ()


@transaction.atomic
def create_event(*, workspace: Workspace, draft: EventDraft, author: User | None = None) -> ShopEvent:
    """Creates an event with its entry point and its reminders. Raises DomainError with the form field, as `_checked`
    and `new_point` say."""
    if draft.starts_at <= clock.now():
        raise DomainError(_("This time is over. Choose a later one."), code="bad_period", field="starts_at")
    values = _checked(draft)
    point = new_point(workspace=workspace, draft=_point_draft(draft), author=author)
    event = ShopEvent.objects.create(workspace=workspace, point=point, **values)
    plan_reminders(event)
    record_audit(workspace=workspace, actor=author, action="event.create", target=("entry_point", point.pk))
    return event


@transaction.atomic
def update_event(*, workspace: Workspace, event_id: int, draft: EventDraft) -> ShopEvent:
    """Changes an event. A new time or place is announced to the guests, reminders follow, and new seats are offered.

    Raises ShopEvent.DoesNotExist, and DomainError: `cancelled`, or `too_few_seats` for fewer seats than are taken.
    """
    if not ShopEvent.objects.filter(workspace=workspace, pk=event_id).exists():
        raise ShopEvent.DoesNotExist
    event = locked_event(event_id)
    if event.cancelled_at:
        raise DomainError(_("This event is cancelled."), code="cancelled")
    values = _checked(draft)
    taken = Registration.objects.filter(event=event, state__in=WITH_SEAT).count()
    if draft.capacity is not None and draft.capacity < taken:
        message = _("%(count)s seats are taken already.") % {"count": taken}
        raise DomainError(message, code="too_few_seats", field="capacity")
    told = ("starts_at", "ends_at", "venue", "online_url", "timezone")
    is_moved = any(values[name] != getattr(event, name) for name in told)
    change_point(workspace=workspace, point_id=event.point_id, draft=_point_draft(draft))
    for name, value in values.items():
        setattr(event, name, value)
    event.sequence += 1 if is_moved else 0
    event.save()
    event.point.refresh_from_db()
    if is_moved:
        plan_reminders(event)
        if event.ends_at > clock.now():
            jobs.defer("optin.event_changed", event_id=event.pk, sequence=event.sequence, at=clock.now() + NOTICE_AFTER)
    offer_free_seats(event)
    record_audit(workspace=workspace, action="event.edit", target=("entry_point", event.point_id))
    return event


@transaction.atomic
def cancel_event(*, workspace: Workspace, event_id: int, reason: str = "") -> ShopEvent:
    """Cancels an event. Its guests are told by a background job. Raises ShopEvent.DoesNotExist and DomainError."""
    if not ShopEvent.objects.filter(workspace=workspace, pk=event_id).exists():
        raise ShopEvent.DoesNotExist
    event = locked_event(event_id)
    reason = clean(storable(reason))
    if event.cancelled_at:
        return event
    if event.ends_at <= clock.now():
        raise DomainError(_("This event is over."), code="over")
    if len(reason) > 300:
        raise DomainError(_("This is too long."), code="too_long", field="reason")
    event.cancelled_at, event.cancel_reason = clock.now(), reason
    event.sequence += 1
    event.save(update_fields=["cancelled_at", "cancel_reason", "sequence"])
    event.reminders.filter(done_at=None).update(done_at=clock.now())
    jobs.defer("optin.event_changed", event_id=event.pk, sequence=event.sequence)
    record_audit(workspace=workspace, action="event.cancel", target=("entry_point", event.point_id))
    return event


def tell_about_change(*, event_id: int, sequence: int) -> int:
    """Tells the guests that the event is cancelled or has changed. Returns the number of messages.

    Nothing happens if the event has changed again since: the later job tells them. Safe to run again.
    """
    event = ShopEvent.objects.select_related("point__channel", "workspace").filter(pk=event_id).first()
    if event is None or event.sequence != sequence:
        return 0
    guests = Registration.objects.filter(event=event, state__in=ACTIVE).select_related("workspace", "contact")
    count = 0
    for registration in guests.order_by("pk").iterator(chunk_size=200):
        registration.event = event
        has_seat = registration.state == State.REGISTERED
        with override(event.point.language):
            if event.cancelled_at:
                text, key, method = words.event_cancelled(event), f"off:{registration.pk}", "CANCEL"
            else:
                text, key, method = words.changed(registration), f"changed:{registration.pk}:{sequence}", "PUBLISH"
        with transaction.atomic():
            count += tell(registration, text, key=key, calendar=method if has_seat else "") is not None
    return count


def _point_draft(draft: EventDraft) -> PointDraft:
    """The entry point of the event: the title is its name and headline, and what guests write names the event."""
    with override(draft.point.language):
        greeting = draft.point.greeting or _("Hello, I want to come to %(event)s.") % {"event": draft.point.name}
    return replace(draft.point, kind=EntryPoint.Kind.EVENT, headline=draft.point.name, greeting=greeting[:120].strip())


def _checked(draft: EventDraft) -> dict[str, Any]:
    """The columns of an event. Raises DomainError: `bad_zone`, `bad_period`, `no_place`, `too_long`, `bad_seats`,
    `bad_question`."""
    if draft.timezone not in available_timezones():
        raise DomainError(_("Choose a time zone."), code="bad_zone", field="timezone")
    if draft.ends_at <= draft.starts_at:
        raise DomainError(_("The end is before the beginning."), code="bad_period", field="ends_at")
    if draft.ends_at - draft.starts_at > timedelta(days=31):
        raise DomainError(_("An event lasts at most 31 days."), code="bad_period", field="ends_at")
    until = draft.point.active_until
    if until and until > draft.ends_at:
        raise DomainError(_("Registration ends before the event ends."), code="bad_period", field="active_until")
    venue = clean(storable(draft.venue))
    if not venue and not draft.online_url:
        raise DomainError(_("Say where it is: a place, or a link."), code="no_place", field="venue")
    if len(venue) > 200:
        raise DomainError(_("This is too long."), code="too_long", field="venue")
    if draft.capacity is not None and not 1 <= draft.capacity <= MAX_SEATS:
        raise DomainError(_("An event has 1 to 100,000 seats."), code="bad_seats", field="capacity")
    return {
        "starts_at": draft.starts_at,
        "ends_at": draft.ends_at,
        "timezone": ZoneInfo(draft.timezone).key,
        "venue": venue,
        "online_url": draft.online_url,
        "capacity": draft.capacity,
        "questions": _questions(draft.questions),
    }


def _questions(asked: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if len(asked) > MAX_QUESTIONS:
        raise DomainError(_("Ask at most five questions."), code="bad_question", field="questions")
    made = []
    for one in asked:
        label = clean(storable(str(one["label"])))[:120]
        choices = [text for text in (clean(storable(str(word)))[:80] for word in one.get("choices", ())) if text]
        if not label or len(choices) == 1:
            message = _("A question needs a text, and two answers or more to choose from.")
            field = str(one["key"]).replace("own:", "choices_")
            raise DomainError(message, code="bad_question", field=field)
        required = bool(one.get("required"))
        made.append({"key": one["key"], "label": label, "choices": choices[:20], "required": required})
    return made
