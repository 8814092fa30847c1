"""Letting people in who are due by a date or by silence."""

import logging

from django.db import Error, transaction

from wabolt.journeys.models import Journey
from wabolt.journeys.queries.facts import newest_event
from wabolt.journeys.queries.plans import published
from wabolt.journeys.registry import trigger_kind
from wabolt.journeys.services.enrolling import enroll_select
from wabolt.lib import clock
from wabolt.lib.errors import DomainError

log = logging.getLogger(__name__)
_OF_DUE = "SELECT d.*{context}, %(t_newest)s::bigint FROM ({due}) d"


def enter_due(*, hourly: bool | None = None) -> int:
    """Lets people into all journeys whose trigger has a query for people who are due. Returns how many entered.
    `hourly`: only triggers that are looked at once an hour, or only the others; None: all.

    The query finds people who are due now and have not yet been in the journey for this occasion. A later run therefore
    makes up for a missed one, and a clock that is set back lets no person in twice.
    """
    entered = 0
    working = Journey.objects.filter(state__in=(Journey.State.ACTIVE, Journey.State.PAUSED))
    for journey in working.select_related("workspace").order_by("pk"):
        try:
            with transaction.atomic():
                entered += enter_due_into(journey, hourly)
        except (Error, DomainError):
            log.exception("journey %s: people who are due cannot enter", journey.pk)
    return entered


def enter_due_into(journey: Journey, hourly: bool | None = None) -> int:
    """Lets the due people of one journey in, in the caller's transaction; 0 for a trigger without a query, and for one
    that `enter_due` leaves out."""
    trigger = published(journey).plan.definition.trigger
    kind = trigger_kind(trigger.kind)
    if kind is None or kind.due is None or (hourly is not None and kind.hourly != hourly):
        return 0
    due = kind.due(journey, trigger.settings, clock.now())
    values = {**due.params, "t_newest": newest_event()}
    select = _OF_DUE.format(due=due.sql, context="" if due.has_context else ", '{}'::jsonb")
    return enroll_select(journey=journey, select=select, values=values)
