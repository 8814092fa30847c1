"""Registration by the customer's message with the code of an event."""

from django.utils.translation import override

from wabolt.accounts.models import Workspace
from wabolt.consent.queries import consent_of
from wabolt.messaging.registry import Arrival
from wabolt.optin.events import words
from wabolt.optin.events.queries import number_in_line
from wabolt.optin.events.services.seats import ACTIVE, Guest, State, run_seat_actions, take_seat
from wabolt.optin.events.services.sending import answer, answer_stranger
from wabolt.optin.models import Entry, Placement, Registration, ShopEvent
from wabolt.optin.rules.codes import ENTRY_LENGTH
from wabolt.optin.rules.events import Phase, Times, accepts
from wabolt.optin.services.confirming import admit, answer_gone, answer_used
from wabolt.optin.services.new_codes import new_code


def register_by_message(arrival: Arrival, placement: Placement, form: Entry | None) -> bool:
    """Registers the person who wrote, or answers why not. Returns True: every such message is answered. A person who
    neither registered before nor filled in the form is not told about a closed event.

    `form`: the submitted form whose code the message carries. Promotions are agreed to only by the box of a form, never
    by registering.
    """
    event = ShopEvent.objects.select_related("point__channel", "workspace").get(point=placement.point)
    at = arrival.message.created_at
    if form is not None and form.contact_id not in {None, arrival.contact.pk}:
        answer_used(arrival, event.point, is_open=event.phase(at) is Phase.OPEN)
        return True
    with override(event.point.language):
        known = Registration.objects.filter(event=event, contact=arrival.contact).first()
        phase = event.phase(at)
        times = Times(event.starts_at, event.ends_at)
        has_form = form is not None and form.contact_id is None
        if known is not None and known.state in ACTIVE:
            if has_form:
                _untick_after_stop(arrival, form)
                admit(arrival, placement, form)
            return _answer_status(arrival, event, known)
        if not accepts(phase, times, at, has_form=has_form):
            if known is None and not has_form and phase is not Phase.EARLY:
                answer_gone(arrival)
                return True
            answer_stranger(arrival, event, words.refused(event, phase), key=f"{phase.value}:{at:%Y%m%d}")
            return True
        if form is None and known is None and any(one.get("required") for one in event.questions):
            answer_stranger(arrival, event, words.questions_first(event), key=f"questions:{at:%Y%m%d}")
            return True
        _untick_after_stop(arrival, form)
        entry = admit(arrival, placement, form, placement_agrees=False)
        registration = take_seat(event_id=event.pk, guest=_guest(arrival, entry), at=at)
        _answer_status(arrival, event, registration, is_new=True)
        run_seat_actions(registration)
        return True


def _untick_after_stop(arrival: Arrival, form: Entry | None) -> None:
    """Unticks the box for promotions of a form whose message is older than the customer's last stop."""
    status = consent_of(arrival.channel.workspace, arrival.contact.pk)
    if form and status.stopped_since(arrival.message.created_at):
        form.marketing = False
        form.save(update_fields=["marketing"])


def _guest(arrival: Arrival, entry: Entry) -> Guest:
    contact = arrival.contact
    name = str(entry.answers.get("name") or contact.name or contact.whatsapp_name)
    return Guest(contact=contact, entry=entry, name=name, ticket=entry.code or _new_ticket(entry.workspace))


def _new_ticket(workspace: Workspace) -> str:
    """A code that no submitted form and no ticket of the workspace has."""
    forms, tickets = Entry.objects.filter(workspace=workspace), Registration.objects.all()
    return new_code(
        ENTRY_LENGTH, lambda code: not forms.filter(code=code).exists() and not tickets.filter(ticket=code).exists()
    )


def _answer_status(arrival: Arrival, event: ShopEvent, registration: Registration, *, is_new: bool = False) -> bool:
    """Answers with the state of the registration; to one that was known already at most once a day."""
    registration.event = event
    calendar = ""
    if registration.state == State.REGISTERED:
        text, calendar = words.registered(registration), "PUBLISH"
    elif registration.state == State.OFFERED and registration.offer_until:
        text = words.offer(registration, registration.offer_until)
    else:
        text = words.waiting(registration, number_in_line(registration))
    when = f"{arrival.message.pk}" if is_new else f"{arrival.message.created_at:%Y%m%d}"
    answer(arrival, registration, text, key=f"{registration.state}:{registration.pk}:{when}", calendar=calendar)
    return True
