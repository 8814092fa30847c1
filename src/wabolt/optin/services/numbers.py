"""Double opt-in by template: a number that a visitor typed is asked once for a YES. The YES is the evidence.

It is off unless the shop chose a Cloud number for it and Meta approved the template that is made for the text of the
form (`queries.asking_template`). The message is the template as it was approved, so nothing that a visitor typed is
sent to another person. The person who answers may be another one than the visitor. So a YES agrees to the text in the
template, and to no other text of the form.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.accounts.services import Verdict, VisitorLimits, admit_visitor
from wabolt.consent.models import Purpose
from wabolt.consent.queries import statuses, suppressed_values
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.phone_variants import variants
from wabolt.lib.phones import parse_phone
from wabolt.lib.refusal import Refusal
from wabolt.messaging.models import Message, Template
from wabolt.messaging.queries import answers_message
from wabolt.messaging.registry import Arrival
from wabolt.messaging.services import Draft, create_template_content, queue_to_member
from wabolt.optin.models import Entry, NumberRequest
from wabolt.optin.queries import asking_template
from wabolt.optin.registry import kind_of
from wabolt.optin.rules.replies import is_yes
from wabolt.optin.services.joining import ORIGIN, Joining, join
from wabolt.ui.phone_words import phone_error

ONCE_IN = timedelta(days=30)
"""One number gets at most one question of a shop in this time."""
LIMITS = VisitorLimits(per_address=3, per_network=20, per_object=100, window=timedelta(hours=12))
"""Typed numbers of one visitor, of one network and for all forms of a shop together."""


@transaction.atomic
def ask_number(*, entry: Entry, typed: str, ip: str) -> None:
    """Asks the owner of a typed number for a YES to a submitted form, if that is allowed.

    The visitor cannot learn whether a message was sent: nothing is sent to a number that has stopped promotions, is on
    the list, or was asked less than ONCE_IN ago. Raises DomainError for text that is no number, `off` if the shop sends
    no such messages or the kind of way in does not ask for numbers, and `too_many` above LIMITS.
    """
    workspace = entry.workspace
    template = asking_template(workspace, entry.marketing_wording)
    if template is None or not entry.marketing or not kind_of(entry.point.kind).asks_number:
        raise DomainError(_("Please use the button that opens WhatsApp."), code="off", field="phone")
    phone = parse_phone(typed, workspace.country)
    if isinstance(phone, Refusal):
        raise DomainError(phone_error(phone), code=f"phone_{phone.code}", field="phone")
    verdict = admit_visitor(workspace=workspace, purpose="number", subject=workspace.pk, ip=ip, limits=LIMITS)
    if verdict is not Verdict.ADMITTED:
        raise DomainError(_("Please use the button that opens WhatsApp."), code="too_many", field="phone")
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)  # two forms with one number take turns
    if entry.state == Entry.State.PENDING and _may_be_asked(workspace, phone.e164):
        _ask(entry, template, phone.e164)


def answer_numbers(arrivals: Sequence[Arrival]) -> set[int]:
    """Responder: a YES from a number that was asked confirms the submitted form. Returns the ids of the messages taken.

    The YES quotes the question, or nothing was sent to this person since. A person who has stopped promotions since is
    not added.
    """
    yes_by_phone = {arrival.phone: arrival for arrival in arrivals if arrival.phone and is_yes(arrival.message.text)}
    if not yes_by_phone:
        return set()
    workspace = arrivals[0].channel.workspace
    asked = NumberRequest.objects.filter(
        workspace=workspace,
        phone__in=list(yes_by_phone),
        entry__state=Entry.State.PENDING,
        asked_at__gt=clock.now() - ONCE_IN,
    )
    if not asked.exists():  # most people who say yes were asked something else; the joins below are slow to plan
        return set()
    questions = {
        request.phone: request
        for request in asked.order_by("pk")
        .select_for_update(of=("self",))
        .select_related(
            "entry__placement__wording", "entry__placement__point", "entry__marketing_wording", "entry__service_wording"
        )
    }
    people = {yes_by_phone[phone].contact.pk for phone in questions}
    consents = statuses(workspace, people, Purpose.MARKETING)
    joinings, answered = [], []
    for phone, request in questions.items():
        arrival, consent = yes_by_phone[phone], consents[yes_by_phone[phone].contact.pk]
        is_allowed = not consent.doubted and not consent.stopped_since(request.asked_at)
        if is_allowed and answers_message(arrival, request.message_id):
            entry = request.entry
            entry.service = False  # the question did not show that text
            entry.save(update_fields=["service"])
            before = Entry.objects.select_for_update().filter(point=entry.point_id, contact=arrival.contact).first()
            evidence = {"asked": request.message_id}
            joinings.append(Joining(arrival, entry.placement, form=entry, before=before, evidence=evidence))
            answered.append(request.pk)
    NumberRequest.objects.filter(pk__in=answered).delete()  # the number is known by the contact now
    join(joinings)
    return {joining.arrival.message.pk for joining in joinings}


def _may_be_asked(workspace: Workspace, phone: str) -> bool:
    """Whether a question may go to this number: its owner has said neither yes nor stop, and was not asked lately."""
    ways = variants(phone)
    if suppressed_values(workspace, "phone", ways):
        return False
    if NumberRequest.objects.filter(workspace=workspace, phone__in=ways, asked_at__gt=clock.now() - ONCE_IN).exists():
        return False
    owners = Contact.objects.filter(workspace=workspace, identities__kind="phone", identities__value__in=ways)
    known = statuses(workspace, owners.values_list("pk", flat=True), Purpose.MARKETING).values()
    return all(consent.state is None and not consent.suppressed and not consent.doubted for consent in known)


def _ask(entry: Entry, template: Template, phone: str) -> None:
    workspace = entry.workspace
    content = create_template_content(
        workspace=workspace, template=template, parameters={}, purpose=Message.Purpose.SERVICE
    )
    draft = Draft(
        purpose=Message.Purpose.SERVICE,
        origin_kind=ORIGIN,
        origin_id=entry.point_id,
        key=f"number:{entry.pk}",
        content=content,
        priority=Message.Priority.SERVICE,
        to_phone=phone,
    )
    message_id = queue_to_member(workspace=workspace, channel=template.channel, draft=draft)
    if message_id is not None:
        values = {"phone": phone, "asked_at": clock.now(), "message_id": message_id}
        NumberRequest.objects.create(workspace=workspace, entry=entry, **values)
