"""The calendar file (iCalendar, RFC 5545 and 5546) of a registration."""

from datetime import datetime

from wabolt.optin.models import Registration

MIME_TYPE = "text/calendar"


def calendar_file(registration: Registration, *, method: str, at: datetime, ticket_url: str = "") -> bytes:
    """The file with the event. `method`: "PUBLISH" adds or changes it in a calendar, "CANCEL" removes it.

    `at`: time of writing. UID stays the same for a registration; SEQUENCE grows with each change of the event and of
    the registration, so that a later file replaces an earlier one.
    """
    from icalendar import Calendar  # takes 115 ms, which every start of a process would pay
    from icalendar import Event as CalendarEvent
    from icalendar.enums import STATUS

    event = registration.event
    entry = CalendarEvent.new(
        uid=f"{event.uid}.{registration.pk}@wabolt",
        sequence=event.sequence + registration.sequence,
        summary=event.point.name,
        start=event.starts_at.astimezone(event.tz),
        end=event.ends_at.astimezone(event.tz),
        stamp=at,
        location=event.venue or event.online_url or None,
        description="\n".join(
            line for line in (event.point.description, event.online_url, f"#{registration.ticket}", ticket_url) if line
        ),
        url=event.online_url or ticket_url or None,
        status=STATUS.CANCELLED if method == "CANCEL" else STATUS.CONFIRMED,
    )
    calendar = Calendar.new(method=method, prodid="-//WABolt//WABolt//ID", subcomponents=[entry])
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
