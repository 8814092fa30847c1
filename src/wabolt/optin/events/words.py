"""The words of an event in the active language: its time and place, and the messages to its guests."""

from datetime import datetime

from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from wabolt.lib import formats
from wabolt.lib.public_address import Reach, who_can_open
from wabolt.optin.events import queries
from wabolt.optin.models import Registration, ShopEvent
from wabolt.optin.queries import page_url
from wabolt.optin.rules.events import Phase, day_distance


def day_words(value: datetime, event: ShopEvent) -> str:
    """A day in the event's zone: "Sabtu, 31 Okt 2026"."""
    local = value.astimezone(event.tz)
    return f"{WEEKDAYS[local.weekday()]}, {formats.short_date(local, None, get_language() or 'id')}"


def moment_words(value: datetime, event: ShopEvent) -> str:
    """A moment in the event's zone: "Sabtu, 31 Okt 2026, 10.00 WIB"."""
    time = formats.clock_time(value, event.tz, get_language() or "id")
    return f"{day_words(value, event)}, {time} {formats.zone_name(value, event.tz)}"


def when_words(event: ShopEvent) -> str:
    """Begin and end of an event: "Sabtu, 31 Okt 2026, 10.00–12.00 WIB"; with two days if it ends on another one."""
    if event.starts_at.astimezone(event.tz).date() != event.ends_at.astimezone(event.tz).date():
        return f"{moment_words(event.starts_at, event)} – {moment_words(event.ends_at, event)}"
    language = get_language() or "id"
    begin, end = (formats.clock_time(value, event.tz, language) for value in (event.starts_at, event.ends_at))
    return f"{day_words(event.starts_at, event)}, {begin}–{end} {formats.zone_name(event.starts_at, event.tz)}"


def ticket_url(registration: Registration) -> str:
    """The address of the ticket; "" while only this machine can open our pages."""
    return "" if who_can_open() is Reach.THIS_MACHINE else queries.ticket_url(registration)


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


def _facts(event: ShopEvent, *, with_link: bool = False) -> str:
    return _lines(
        f"🗓 {when_words(event)}",
        f"📍 {event.venue}" if event.venue else "",
        f"🔗 {event.online_url}" if event.online_url and with_link else "",
    )


def _ticket_lines(registration: Registration) -> str:
    url = ticket_url(registration)
    return _lines(
        _("Your code at the door: *#%(code)s*") % {"code": registration.ticket},
        _("Ticket and calendar: %(url)s") % {"url": url} if url else "",
        _("Cannot come? Reply CANCEL."),
    )


def registered(registration: Registration) -> str:
    """The confirmation of a seat."""
    event = registration.event
    head = _("You have a seat at *%(event)s*. See you there!") % {"event": event}
    return _lines(head, _facts(event, with_link=True), "", _ticket_lines(registration)).replace("\n\n", "\n")


def waiting(registration: Registration, before: int) -> str:
    """The answer to a person without a seat. `before`: people whose turn is earlier."""
    event = registration.event
    return _lines(
        _("*%(event)s* is full. You are number %(place)s on the waiting list.") % {"event": event, "place": before + 1},
        _facts(event),
        _("We write as soon as a seat is free. No longer interested? Reply CANCEL."),
    )


def offer(registration: Registration, until: datetime) -> str:
    """The offer of a free seat."""
    event = registration.event
    return _lines(
        _("Good news: a seat at *%(event)s* is free!") % {"event": event},
        _facts(event),
        _("Reply YES by %(until)s and it is yours. Reply NO if you cannot come; then the next person gets it.")
        % {"until": moment_words(until, event)},
    )


def lapsed(registration: Registration) -> str:
    """The notice that an offer has ended."""
    return _("The seat at *%(event)s* went to the next person. Send #%(code)s to get on the waiting list again.") % {
        "event": registration.event,
        "code": registration.ticket,
    }


def declined(registration: Registration) -> str:
    """The answer to a NO."""
    return _("All right, the seat at *%(event)s* goes to the next person. Thank you for telling us!") % {
        "event": registration.event
    }


def cancelled(registration: Registration) -> str:
    """The answer to a guest who cancelled."""
    return _lines(
        _("Your registration for *%(event)s* is cancelled. Thank you for telling us!") % {"event": registration.event},
        _("Changed your mind? Send #%(code)s.") % {"code": registration.ticket},
    )


def event_cancelled(event: ShopEvent) -> str:
    """The notice that an event does not take place."""
    return _lines(
        _("We are sorry: *%(event)s* is cancelled.") % {"event": event}, event.cancel_reason, f"🗓 {when_words(event)}"
    )


def changed(registration: Registration) -> str:
    """The notice of a new time or place."""
    event = registration.event
    has_seat = registration.state == Registration.State.REGISTERED
    return _lines(
        _("Please note, *%(event)s* has changed. Now it is:") % {"event": event},
        _facts(event, with_link=has_seat),
        _ticket_lines(registration) if has_seat else "",
    )


def reminder(registration: Registration, at: datetime) -> str:
    """The reminder that is sent `at` this time."""
    event = registration.event
    distance = day_distance(event.starts_at, at, event.tz)
    begin = formats.clock_time(event.starts_at, event.tz, get_language() or "id")
    facts = {"event": event, "time": f"{begin} {formats.zone_name(event.starts_at, event.tz)}"}
    if distance == 0:
        head = _("See you today at %(time)s: *%(event)s*.") % facts
    elif distance == 1:
        head = _("See you tomorrow at %(time)s: *%(event)s*.") % facts
    else:
        head = _("See you soon: *%(event)s*.") % facts
    return _lines(head, _facts(event, with_link=True), _ticket_lines(registration))


def refused(event: ShopEvent, phase: Phase) -> str:
    """The reason why registering is not possible now."""
    facts = {"event": event, "opens": ""}
    if phase is Phase.CANCELLED:
        return _("We are sorry: *%(event)s* is cancelled.") % facts
    if phase is Phase.OVER:
        return _("*%(event)s* is over. See you next time!") % facts
    if phase is Phase.EARLY and event.point.active_from:
        facts["opens"] = moment_words(event.point.active_from, event)
        return _("The registration for *%(event)s* opens on %(opens)s.") % facts
    return _("The registration for *%(event)s* is closed.") % facts


def questions_first(event: ShopEvent) -> str:
    """The answer to the code of a poster when the form has to be filled in first."""
    facts = {"event": event, "url": page_url(event.point)}
    return _("A few questions before you register for *%(event)s*: %(url)s") % facts


def which_one(registrations: list[Registration]) -> str:
    """The question which registration a guest wants to cancel."""
    word = pgettext("reply", "CANCEL")
    lines = [
        f"• {one.event}, {when_words(one.event)}: *{word} #{one.ticket}*"
        for one in sorted(registrations, key=lambda one: one.event.starts_at)
    ]
    return _lines(_("Which registration do you want to cancel? Reply with its line:"), *lines)
