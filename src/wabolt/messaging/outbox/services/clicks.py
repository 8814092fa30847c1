"""Visits of tracked links."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from wabolt.contacts.services import NewEvent, record_events
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.outbox.models import Click, TrackedLink
from wabolt.messaging.store.events import event_data
from wabolt.messaging.store.models import Message
from wabolt.personalization.queries import link_key, read_token

VISIT = timedelta(minutes=30)
"""A second visit of the same link within this time is the same visit (reload, back button, second tap)."""


@transaction.atomic
def record_click(*, token: str, user_agent: str = "", is_bot: bool = False, at: datetime | None = None) -> str:
    """Stores a visit and returns the URL to redirect to. Visits of bots and link previews are stored but not counted; a
    person's visit is counted once and recorded as the event `link_clicked`. `at`: time of the visit (None: now).

    Raises DomainError "unknown_link" for a token that we did not make.
    """
    link, message = _of(token)
    at = at or clock.now()
    with connection.cursor() as cursor:
        # Two concurrent requests are one visit too.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('messaging.click', %s))", [message.pk])
    lately = Click.objects.filter(message=message, link=link, is_bot=is_bot, at__gt=at - VISIT, at__lte=at)
    if lately.exists():
        return link.url
    Click.objects.create(
        link=link, message=message, contact_id=message.contact_id, is_bot=is_bot, user_agent=user_agent[:300], at=at
    )
    if not is_bot:
        data = event_data(message.pk, message.origin_kind, message.origin_id) | {"link": link.pk}
        record_events(workspace=message.workspace, events=[NewEvent(message.contact_id, "link_clicked", at, data)])
    return link.url


def _of(token: str) -> tuple[TrackedLink, Message]:
    ids = read_token(token, link_key())
    if ids is not None:
        message = Message.objects.select_related("workspace").filter(pk=ids[1], direction="outbound").first()
        link = TrackedLink.objects.filter(pk=ids[0]).first()
        if message and link and link.content_id == message.content_id:
            return link, message
    raise DomainError(_("This link does not exist."), code="unknown_link")
