"""The short replies of guests: YES and NO to an offered seat, and CANCEL."""

from django.db.models import QuerySet
from django.utils.translation import override

from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.messaging.queries import answers_message
from wabolt.messaging.registry import Arrival
from wabolt.optin.events import words
from wabolt.optin.events.queries import number_in_line
from wabolt.optin.events.services.seats import (
    ACTIVE,
    State,
    accept_offer,
    cancel_registration,
    decline_offer,
    run_seat_actions,
)
from wabolt.optin.events.services.sending import ORIGIN, answer
from wabolt.optin.models import Registration
from wabolt.optin.rules.codes import codes_in
from wabolt.optin.rules.events import means_cancel
from wabolt.optin.rules.replies import is_no, is_yes, words_around


def answer_guest(arrival: Arrival) -> bool:
    """Responder: takes a YES or NO that answers the offer of a seat, and a CANCEL of a registration.

    A YES or NO counts if it quotes the offer, carries the code of the ticket, or answers our last message. A CANCEL
    without a code is asked about if the guest may mean something else: two events, or a chat about another matter.
    """
    text = arrival.message.text
    codes = codes_in(text)
    plain = words_around(text, codes) if codes else text
    if is_yes(plain) or is_no(plain):
        return _answer_offer(arrival, codes, accepts=is_yes(plain))
    return means_cancel(text, codes) and _cancel(arrival, codes)


def _answer_offer(arrival: Arrival, codes: list[str], *, accepts: bool) -> bool:
    offered = _of_guest(arrival).filter(state__in=[State.OFFERED, State.LAPSED], offer_message_id__isnull=False)
    if not offered.exists():  # most people who say yes or no were asked something else
        return False
    registration = next(
        (
            one
            for one in offered.order_by("-offer_message_id")[:5]
            if {one.ticket, one.entry.code} & set(codes)
            or (not codes and answers_message(arrival, one.offer_message_id))
        ),
        None,
    )
    if registration is None:
        return False
    at = arrival.message.created_at
    change = accept_offer if accepts else decline_offer
    registration = change(workspace=registration.workspace, registration_id=registration.pk, at=at)
    with override(registration.event.point.language):
        calendar = ""
        if registration.state == State.REGISTERED:
            text, calendar = words.registered(registration), "PUBLISH"
        elif registration.state == State.OFFERED and registration.offer_until:
            text = words.offer(registration, registration.offer_until)
        elif registration.state == State.WAITING:
            text = words.waiting(registration, number_in_line(registration))
        else:
            text = words.declined(registration)
        answer(arrival, registration, text, key=f"reply:{arrival.message.pk}", calendar=calendar)
        run_seat_actions(registration)
    return True


def _cancel(arrival: Arrival, codes: list[str]) -> bool:
    found = list(_of_guest(arrival).filter(state__in=ACTIVE).order_by("event__starts_at")[:10])
    meant = [one for one in found if {one.ticket, one.entry.code} & set(codes)] if codes else found
    if not meant:
        return False
    if len(meant) > 1 or not (codes or _is_about_event(arrival)):
        with override(meant[0].event.point.language):
            answer(arrival, meant[0], words.which_one(meant), key=f"which:{arrival.message.pk}")
        return True
    [registration] = meant
    had_seat = registration.state == State.REGISTERED
    registration = cancel_registration(
        workspace=registration.workspace, registration_id=registration.pk, at=arrival.message.created_at
    )
    with override(registration.event.point.language):
        text = words.cancelled(registration)
        calendar = "CANCEL" if had_seat else ""
        answer(arrival, registration, text, key=f"cancelled:{arrival.message.pk}", calendar=calendar)
    return True


def _of_guest(arrival: Arrival) -> QuerySet[Registration]:
    """The registrations of the person who wrote, for events that have not ended and are not cancelled."""
    ahead = Registration.objects.filter(
        workspace=arrival.channel.workspace,
        contact=arrival.contact,
        event__cancelled_at=None,
        event__ends_at__gt=clock.now(),
    )
    return ahead.select_related("event__point__channel", "event__workspace", "entry", "workspace", "contact")


def _is_about_event(arrival: Arrival) -> bool:
    """Whether the guest quotes a message about an event, or our last message in this chat was one."""
    sent = Message.objects.filter(channel=arrival.channel, contact=arrival.contact, direction="outbound")
    if arrival.message.quoted_id:
        sent = sent.filter(pk=arrival.message.quoted_id)
    return sent.order_by("-pk").values_list("origin_kind", flat=True).first() == ORIGIN
