"""Confirms entries: a customer's message with a code is the evidence, and adds the customer to the list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.commerce.models import Voucher
from wabolt.commerce.services import issue_vouchers
from wabolt.consent.models import Purpose
from wabolt.consent.queries import consent_of, match_keyword
from wabolt.consent.services import ConsentStatement, clear_doubts, grant, hold_for_doubt
from wabolt.contacts.services import NewEvent, add_tags, clean_fields, record_events, update_contact
from wabolt.lib import clock, formats
from wabolt.lib.errors import DomainError
from wabolt.lib.public_address import absolute_url
from wabolt.messaging.models import Message
from wabolt.messaging.registry import Arrival
from wabolt.messaging.services import Draft, close_dialog, open_dialog, queue_messages
from wabolt.optin.models import Entry, EntryCode, EntryPoint, Offer
from wabolt.optin.registry import kind_of
from wabolt.optin.rules.codes import codes_in, nearby_codes_in
from wabolt.optin.rules.decisions import Decision, Facts, columns_of, decide
from wabolt.optin.rules.replies import is_yes, refuses, words_around

ORIGIN = "entry_point"
"""`Message.origin_kind` of the answers, `Voucher.origin_kind` of the incentives, and `ConsentEvent.source`."""
ASKING = "entry_point"
"""`Dialog.responder` while the customer is asked about a mistyped code."""
ASK_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Match:
    """The place of a code, and the submitted form if it is the code of one."""

    place: EntryCode
    entry: Entry | None = None

    @property
    def code(self) -> str:
        """The code in the message."""
        return self.entry.code if self.entry and self.entry.code else self.place.code


def confirm_entry(arrival: Arrival) -> bool:
    """Responder: adds a customer whose message carries a code to the list. Returns whether the message was handled.

    The message is the evidence: the ledger keeps its id, the entry point, the place and the version of the text. A
    message that is older than the customer's last stop, and one with codes of two entry points, are left to a member.
    """
    asked = arrival.dialog
    if asked and asked.responder == ASKING:
        # Any answer ends the question, so that a later "ya" to something else is no consent.
        close_dialog(channel=arrival.channel, contact_id=arrival.contact.pk)
        if is_yes(arrival.message.text) and answers_message(arrival, asked.data.get("message")):
            matches = _matches(arrival, [str(asked.data.get("code", ""))])
            return bool(matches) and _handle(arrival, matches, [])
    matches = _matches(arrival, codes_in(arrival.message.text))
    nearby = [] if matches else _matches(arrival, nearby_codes_in(arrival.message.text))
    if _is_refused(arrival, matches + nearby):
        return False
    return _handle(arrival, matches, nearby)


def answers_message(arrival: Arrival, message_id: object) -> bool:
    """Whether the arrival answers our message with this id: it quotes it, or we sent nothing later in this chat."""
    if message_id is None or arrival.message.quoted_id == message_id:
        return message_id is not None
    ours = Message.objects.filter(channel=arrival.channel, contact=arrival.contact, direction="outbound")
    return ours.order_by("-pk").values_list("pk", flat=True).first() == message_id


def _is_refused(arrival: Arrival, matches: list[_Match]) -> bool:
    """Whether the words around the code are a stop, a possible stop or a negation. A stop that the whole message did
    not show holds promotions until a member has looked."""
    if not matches:
        return False
    text = arrival.message.text
    codes = [match.code for match in matches]
    keyword = arrival.keyword or match_keyword(arrival.channel.workspace, words_around(text, codes))
    if keyword in {"stop", "doubt"}:
        hold_for_doubt(
            workspace=arrival.channel.workspace,
            contact_id=arrival.contact.pk,
            evidence=arrival.evidence,
            at=arrival.message.created_at,
        )
        return True
    return any(refuses(text, match.place.point.greeting, codes) for match in matches)


def confirm_offer(arrival: Arrival, offer: Offer) -> None:
    """Adds a customer who said yes to an offer in the chat to the list (`services.offering`)."""
    place = offer.point.codes.filter(medium=EntryCode.Medium.CHAT).order_by("pk")[0]
    _join(arrival, _Match(place), {"offer": offer.pk})


def _matches(arrival: Arrival, codes: list[str]) -> list[_Match]:
    if not codes:
        return []
    here = {"workspace": arrival.channel.workspace, "code__in": codes}
    places = EntryCode.objects.filter(**here).select_related("point__marketing_wording", "point__service_wording")
    entries = Entry.objects.filter(**here).select_related(
        "place__point__marketing_wording", "marketing_wording", "service_wording"
    )
    forms = [_Match(entry.place, entry) for entry in entries]
    # The code of a form counts, also next to the code of a place of the same entry point.
    known = {match.place.point_id for match in forms}
    others = {place.point_id: _Match(place) for place in places if place.point_id not in known}
    return [*forms, *others.values()]


def _handle(arrival: Arrival, matches: list[_Match], nearby: list[_Match]) -> bool:
    match = matches[0] if len(matches) == 1 else None
    if match is not None and (handle := kind_of(match.place.point.kind).handle):
        return handle(arrival, match.place, match.entry)
    decision = decide(_facts(arrival, match, len(matches), len(nearby)))
    if decision is Decision.ASK:
        _ask(arrival, nearby[0])
    elif match is None or decision is Decision.STOPPED_LATER:
        return False
    elif decision is Decision.JOIN:
        _join(arrival, match)
    elif decision is Decision.KNOWN:
        _answer_again(arrival, match)
    elif decision is Decision.USED:
        answer_used(arrival, match.place.point)
    else:
        _answer_closed(arrival, match)
    return True


def _facts(arrival: Arrival, match: _Match | None, exact: int, nearby: int) -> Facts:
    if match is None:
        return Facts(exact, nearby)
    status = consent_of(arrival.channel.workspace, arrival.contact.pk)
    before = Entry.objects.filter(point=match.place.point, contact=arrival.contact).first()
    form = match.entry
    # A form that was accepted while the entry point was open can be confirmed later too, once.
    is_pending = form is not None and form.state == Entry.State.PENDING
    return Facts(
        exact,
        is_used=form is not None and form.contact_id not in {None, arrival.contact.pk},
        is_open=is_pending or match.place.point.is_open(arrival.message.created_at),
        stopped_later=bool(status.state == "withdrawn" and status.since and status.since > arrival.message.created_at),
        joined=before is not None and (status.state == "granted" or (before == form and not before.marketing)),
    )


@transaction.atomic
def _join(arrival: Arrival, match: _Match, evidence: Mapping[str, int] | None = None) -> None:
    point, workspace, contact = match.place.point, arrival.channel.workspace, arrival.contact
    entry = admit(arrival, match.place, match.entry, evidence=evidence)
    data = {"entry_point": point.pk, "place": match.place.pk, "message": arrival.message.pk}
    record_events(
        workspace=workspace, events=[NewEvent(contact.pk, "entry_point_joined", arrival.message.created_at, data)]
    )
    _answer_joined(arrival, match, entry)


def admit(
    arrival: Arrival,
    place: EntryCode,
    form: Entry | None,
    *,
    place_agrees: bool = True,
    evidence: Mapping[str, int] | None = None,
) -> Entry:
    """Confirms the entry of the person who wrote, in the caller's transaction: records what they agreed to, and notes
    their answers and the labels of the entry point. Returns the entry. Nothing is sent.

    `form`: the submitted form whose code the message carries; None for the code of a place. `place_agrees`: whether the
    message with the code of a place agrees to promotions, because the place shows the text. `evidence`: more facts for
    the consent ledger.
    """
    match = _Match(place, form)
    entry = _confirmed(arrival, match, place_agrees)
    granted = _grant(arrival, match, entry, evidence or {})
    if granted:
        Entry.objects.filter(pk=entry.pk).update(newly_granted=True)
    _note_answers(arrival, entry)
    names = list(place.point.tags.values_list("name", flat=True))
    if names:
        add_tags(workspace=arrival.channel.workspace, contact_ids=[arrival.contact.pk], tag_names=names)
    return entry


def _confirmed(arrival: Arrival, match: _Match, place_agrees: bool) -> Entry:
    """The entry of this person at this entry point, with the texts that they agree to now: those that the submitted
    form showed, or the present texts of the entry point."""
    point = match.place.point
    form = Entry.objects.select_for_update().get(pk=match.entry.pk) if match.entry else None
    before = Entry.objects.select_for_update().filter(point=point, contact=arrival.contact).first()
    values: dict[str, object] = {
        "contact": arrival.contact,
        "place": match.place,
        "state": Entry.State.CONFIRMED,
        "message_id": arrival.message.pk,
        "confirmed_at": arrival.message.created_at,
    }
    if form is None:
        texts = {"marketing_wording": point.marketing_wording, "service_wording": point.service_wording}
        if before is None or place_agrees:
            values |= {"marketing": place_agrees, "service": False, **texts}
        if before is None:
            return Entry.objects.create(workspace=arrival.channel.workspace, point=point, **values)
    elif before is not None and before.pk != form.pk:
        kept = ("answers", "marketing", "service", "code", "created_at", "marketing_wording", "service_wording")
        values |= {name: getattr(form, name) for name in kept}
        form.delete()
    entry = before or form
    assert entry is not None
    for name, value in values.items():
        setattr(entry, name, value)
    entry.save()
    return entry


def _grant(arrival: Arrival, match: _Match, entry: Entry, more: Mapping[str, int]) -> bool:
    """Records what the customer agreed to. Returns whether a permission for promotions is new."""
    workspace, contact = arrival.channel.workspace, arrival.contact
    evidence = {
        **arrival.evidence,
        "entry_point": entry.point_id,
        "code": match.code,
        "form": match.entry is not None,
        **more,
    }
    new = False
    for purpose, agreed, wording in (
        (Purpose.MARKETING, entry.marketing, entry.marketing_wording),
        (Purpose.SERVICE, entry.service, entry.service_wording),
    ):
        if not agreed:
            continue
        statement = ConsentStatement(purpose, ORIGIN, evidence=evidence, wording=wording, at=arrival.message.created_at)
        outcome = grant(workspace=workspace, contact_ids=[contact.pk], statement=statement, renew=False)
        new = new or (purpose == Purpose.MARKETING and bool(outcome.recorded))
    if entry.marketing:
        clear_doubts(workspace=workspace, contact_ids=[contact.pk])
    return new


def _note_answers(arrival: Arrival, entry: Entry) -> None:
    """Writes the answers of the form and the fields of the entry point to the contact.

    An answer that the contact cannot hold any more, such as a value of a deleted field, is left in the entry.
    """
    workspace, contact = arrival.channel.workspace, arrival.contact
    columns, fields = columns_of(list(entry.answers.items()))
    if contact.name:
        columns.pop("name", None)  # the shop's own spelling stays
    fields = {**entry.point.fields, **fields}
    for key in list(fields):
        try:
            clean_fields(workspace, {key: fields[key]})
        except DomainError:
            del fields[key]
    if columns or fields:
        update_contact(workspace=workspace, contact_id=contact.pk, fields=fields, **columns)
    if not contact.source or contact.source == "whatsapp":
        update_contact(workspace=workspace, contact_id=contact.pk, source=entry.point.name[:60])


def _answer_joined(arrival: Arrival, match: _Match, entry: Entry) -> None:
    point, workspace = match.place.point, arrival.channel.workspace
    with override(point.language):
        text = point.thanks or _default_thanks(workspace.name, entry.marketing)
        voucher = _voucher(arrival, match)
        if voucher:
            text = f"{text}\n\n{voucher}"
    _queue(arrival, text, key=f"joined:{point.pk}:{arrival.message.pk}")


def _default_thanks(shop: str, marketing: bool) -> str:
    if marketing:
        return _(
            "Welcome to %(shop)s! You will now get news and offers here. Reply STOP whenever you want to stop."
        ) % {"shop": shop}
    return _("Thank you for signing up at %(shop)s!") % {"shop": shop}


def _voucher(arrival: Arrival, match: _Match) -> str:
    """Makes the voucher of the incentive, once per person. Returns the line about it; "" without a voucher."""
    point = match.place.point
    if not point.voucher_percent:
        return ""
    workspace = arrival.channel.workspace
    issue_vouchers(
        workspace=workspace,
        origin=(ORIGIN, point.pk),
        percent=point.voucher_percent,
        valid_until=clock.now() + timedelta(days=point.voucher_days),
        select="SELECT %(joined)s::bigint",
        params={"joined": arrival.contact.pk},
    )
    voucher = Voucher.objects.get(origin_kind=ORIGIN, origin_id=point.pk, contact=arrival.contact)
    if voucher.valid_until <= clock.now():
        return ""  # of an earlier time on the list
    return _("Your voucher: *%(code)s*, %(percent)s%% off until %(date)s.") % {
        "code": voucher.code,
        "percent": voucher.percent,
        "date": formats.short_date(voucher.valid_until, workspace.tz, point.language),
    }


def _answer_again(arrival: Arrival, match: _Match) -> None:
    """At most one such answer per entry point and day."""
    point = match.place.point
    with override(point.language):
        text = _("You are on the list already. See you soon!")
    _queue(arrival, text, key=f"again:{point.pk}:{arrival.message.created_at:%Y%m%d}")


def answer_used(arrival: Arrival, point: EntryPoint) -> None:
    """Answers that the code belongs to the form of another person, who confirmed it."""
    with override(point.language):
        text = _("This code was used already. Fill in the form yourself, please: %(url)s") % {
            "url": absolute_url(f"/m/{point.slug}/")
        }
    _queue(arrival, text, key=f"used:{point.pk}:{arrival.message.created_at:%Y%m%d}")


def _answer_closed(arrival: Arrival, match: _Match) -> None:
    point = match.place.point
    with override(point.language):
        text = _("This offer has ended. Reply JOIN to get news from %(shop)s.") % {
            "shop": arrival.channel.workspace.name
        }
    _queue(arrival, text, key=f"closed:{point.pk}:{arrival.message.created_at:%Y%m%d}")


def _ask(arrival: Arrival, match: _Match) -> None:
    with override(match.place.point.language):
        text = _("The code seems to have a typing error. Do you mean #%(code)s? Reply YES.") % {"code": match.code}
    queued = _queue(arrival, text, key=f"ask:{arrival.message.pk}")
    open_dialog(
        channel=arrival.channel,
        contact_id=arrival.contact.pk,
        responder=ASKING,
        data={"code": match.code, "message": queued[0].pk if queued else None},
        until=clock.now() + ASK_FOR,
    )


def _queue(arrival: Arrival, text: str, *, key: str) -> list[Message]:
    draft = Draft(
        purpose=Message.Purpose.SERVICE,
        origin_kind=ORIGIN,
        key=key,
        text=text,
        priority=Message.Priority.REPLY,
        quoted=arrival.message,
    )
    return queue_messages(
        workspace=arrival.channel.workspace, channel=arrival.channel, contact_ids=[arrival.contact.pk], draft=draft
    )
