"""Adds many people to the list at once, each with the proof of their own message, in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Voucher
from wabolt.commerce.services import issue_vouchers
from wabolt.consent.models import Purpose, Wording
from wabolt.consent.services import ConsentStatement, clear_doubts, grant_each
from wabolt.contacts.services import NewEvent, SelfStatement, add_tags, note_statements, record_events
from wabolt.lib import clock
from wabolt.messaging.registry import Arrival
from wabolt.messaging.services import Answer, queue_answers
from wabolt.optin.models import Entry, EntryPoint, NumberRequest, Offer, Placement
from wabolt.optin.registry import kind_of
from wabolt.optin.rules.decisions import columns_of
from wabolt.optin.services.afterwards import run_actions
from wabolt.optin.services.answers import voucher_line, welcome
from wabolt.optin.services.entries import forget_requests

ORIGIN = "entry_point"
"""`Message.origin_kind` of the answers, `Voucher.origin_kind` of the incentives, and `ConsentEvent.source`."""
_CONFIRM = """
UPDATE optin_entry e
   SET state = 'confirmed', contact_id = c.contact, message_id = c.message, confirmed_at = c.at,
       newly_granted = e.newly_granted OR c.granted
  FROM unnest(%(entries)s::bigint[], %(contacts)s::bigint[], %(messages)s::bigint[], %(times)s::timestamptz[],
              %(granted)s::boolean[]) AS c (entry, contact, message, at, granted)
 WHERE e.id = c.entry
"""


@dataclass(frozen=True, slots=True)
class Joining:
    """One person who joins: their message, the placement whose code it carries, and the texts that they agree to now.

    `form`: the submitted form, if the code is of one; it says which boxes were ticked and which versions of the texts
    were shown. Without a form the person agrees to the text that was shown with the code, or in the `offer`. `before`:
    the entry that the person has at this entry point already. `evidence`: more for the ledger. `placement_agrees`:
    whether the message with the code of a placement agrees to promotions, because the placement shows the text.
    """

    arrival: Arrival
    placement: Placement
    form: Entry | None = None
    before: Entry | None = None
    evidence: Mapping[str, int] = field(default_factory=dict)
    placement_agrees: bool = True
    offer: Offer | None = None

    @property
    def contact_id(self) -> int:
        return self.arrival.contact.pk

    @property
    def point(self) -> EntryPoint:
        return self.placement.point

    @property
    def shown(self) -> Wording:
        """The text about promotions that a person without a form saw."""
        return self.offer.wording if self.offer else self.placement.wording

    def wording(self, purpose: str) -> Wording | None:
        """The version of the text for a purpose that the person agrees to; None if they do not agree to it."""
        if self.form is None:
            return self.shown if purpose == Purpose.MARKETING and self.placement_agrees else None
        if purpose == Purpose.MARKETING:
            return self.form.marketing_wording if self.form.marketing else None
        return self.form.service_wording if self.form.service else None

    def proof(self) -> dict[str, object]:
        """The evidence of the consent for the ledger."""
        code = self.form.code if self.form else self.placement.code
        more = {"entry_point": self.point.pk, "code": code, "form": self.form is not None, **self.evidence}
        if self.offer:
            more["offer"] = self.offer.pk
        return {**self.arrival.evidence, **more}


def join(joinings: Sequence[Joining]) -> None:
    """Adds people to the list, welcomes them with the voucher of the entry point, and runs its actions.

    `joinings`: of different people who wrote to the same number. The actions run once per person: a person who stopped
    and comes back gets no second voucher. A kind with its own `handle` ran its actions when the person registered or
    took part, so the later YES to its offer runs none.
    """
    if joinings:
        with transaction.atomic():
            _join(joinings)


def _join(joinings: Sequence[Joining]) -> None:
    workspace = joinings[0].arrival.channel.workspace
    admit_all(joinings)
    record_events(workspace=workspace, events=[_event(joining) for joining in joinings])
    _welcome(workspace, joinings, _vouchers(workspace, joinings))
    first = [joining for joining in joinings if joining.before is None]
    points = {joining.point for joining in first}
    for point in {point for point in points if point.then and kind_of(point.kind).handle is None}:
        run_actions(point, {one.contact_id: f"joined:{point.pk}" for one in first if one.point == point})


@transaction.atomic
def admit_all(joinings: Sequence[Joining]) -> None:
    """Confirms entries: writes the ledger, the entries, the answers of forms and the labels. Nothing is sent.

    `joinings`: of different people who wrote to the same number.
    """
    workspace = joinings[0].arrival.channel.workspace
    granted = _grant(workspace, joinings)
    _write_entries(workspace, joinings, granted)
    _note_answers(workspace, joinings)
    _add_tags(workspace, joinings)


def _grant(workspace: Workspace, joinings: Sequence[Joining]) -> set[int]:
    """Records what the people agreed to. Returns the contacts whose permission for promotions is new."""
    recorded: set[int] = set()
    for purpose in (Purpose.MARKETING, Purpose.SERVICE):
        statements = {
            joining.contact_id: ConsentStatement(
                purpose,
                ORIGIN,
                evidence=joining.proof(),
                wording=wording,
                at=joining.arrival.message.created_at,
            )
            for joining in joinings
            for wording in [joining.wording(purpose)]
            if wording is not None
        }
        if not statements:
            continue
        outcome = grant_each(workspace=workspace, statements=statements, renew=False)
        if purpose == Purpose.MARKETING:
            recorded.update(outcome.recorded)
            clear_doubts(workspace=workspace, contact_ids=list(statements))
    return recorded


def _write_entries(workspace: Workspace, joinings: Sequence[Joining], granted: set[int]) -> None:
    """Confirms submitted forms, makes entries for people who are new at an entry point, and renews those of others."""
    new, pending = [], []
    for joining in joinings:
        if joining.before is not None and joining.before != joining.form:
            _renew(joining, joining.before, is_granted=joining.contact_id in granted)
        elif joining.form is not None:
            pending.append(joining)
        else:
            new.append(_new_entry(workspace, joining, is_granted=joining.contact_id in granted))
    Entry.objects.bulk_create(new)
    if pending:
        values: dict[str, Any] = {
            "entries": [joining.form.pk for joining in pending if joining.form],
            "contacts": [joining.contact_id for joining in pending],
            "messages": [joining.arrival.message.pk for joining in pending],
            "times": [joining.arrival.message.created_at for joining in pending],
            "granted": [joining.contact_id in granted for joining in pending],
        }
        with connection.cursor() as cursor:
            cursor.execute(_CONFIRM, values)


def _new_entry(workspace: Workspace, joining: Joining, *, is_granted: bool) -> Entry:
    point = joining.point
    return Entry(
        workspace=workspace,
        point=point,
        placement=joining.placement,
        contact=joining.arrival.contact,
        state=Entry.State.CONFIRMED,
        message_id=joining.arrival.message.pk,
        confirmed_at=joining.arrival.message.created_at,
        marketing=joining.placement_agrees,
        marketing_wording=joining.shown,
        service_wording_id=point.service_wording_id,
        newly_granted=is_granted,
    )


def _renew(joining: Joining, entry: Entry, *, is_granted: bool) -> None:
    """The entry of a person who joined here before takes over the submitted form, or the texts of the code. Its place
    and time stay those of the first join: reports credit them with the person and the orders since."""
    form, point = joining.form, joining.point
    if form is None and joining.placement_agrees:
        entry.marketing, entry.service = True, False
        entry.marketing_wording, entry.service_wording = joining.shown, point.service_wording
    elif form is not None:
        for name in ("answers", "marketing", "service", "code", "created_at", "marketing_wording", "service_wording"):
            setattr(entry, name, getattr(form, name))
        forget_requests(NumberRequest.objects.filter(entry=form))
        form.delete()
    entry.message_id = joining.arrival.message.pk
    entry.newly_granted = entry.newly_granted or is_granted
    entry.save()


def _note_answers(workspace: Workspace, joinings: Sequence[Joining]) -> None:
    """Writes the answers of the forms and the fields of the entry points to the contacts. An answer that a contact
    cannot hold any more, such as a value of a deleted field, is left in the entry."""
    statements = {}
    for joining in joinings:
        columns, fields = columns_of(list(joining.form.answers.items())) if joining.form else ({}, {})
        fields = {**joining.point.fields, **fields}
        statements[joining.contact_id] = SelfStatement(columns, fields, source=joining.point.name[:60])
    note_statements(workspace=workspace, statements=statements)


def note_forms(*, workspace: Workspace, forms: Mapping[int, Entry]) -> None:
    """Writes the answers of forms, by contact, that people sent who are on the list already. What they agreed to stays
    as it is."""
    answers = {contact_id: columns_of(list(form.answers.items())) for contact_id, form in forms.items()}
    statements = {contact_id: SelfStatement(columns, fields) for contact_id, (columns, fields) in answers.items()}
    if statements:
        note_statements(workspace=workspace, statements=statements)


def _add_tags(workspace: Workspace, joinings: Sequence[Joining]) -> None:
    people: dict[int, list[int]] = defaultdict(list)
    for joining in joinings:
        people[joining.point.pk].append(joining.contact_id)
    names: dict[int, list[str]] = defaultdict(list)
    tagged = EntryPoint.objects.filter(pk__in=people, tags__isnull=False)
    for point, name in tagged.values_list("pk", "tags__name").order_by("pk", "tags__name"):
        names[point].append(name)
    for point, tags in names.items():
        add_tags(workspace=workspace, contact_ids=people[point], tag_names=tags)


def _event(joining: Joining) -> NewEvent:
    message = joining.arrival.message
    data = {"entry_point": joining.point.pk, "placement": joining.placement.pk, "message": message.pk}
    return NewEvent(joining.contact_id, "entry_point_joined", message.created_at, data)


def _vouchers(workspace: Workspace, joinings: Sequence[Joining]) -> dict[tuple[int, int], Voucher]:
    """Makes the vouchers of the incentives, once per person and entry point. Returns them by (entry point, contact);
    expired ones, of an earlier time on the list, are left out."""
    people: dict[EntryPoint, list[int]] = defaultdict(list)
    for joining in joinings:
        if joining.point.voucher_percent:
            people[joining.point].append(joining.contact_id)
    found = {}
    for point, contacts in people.items():
        issue_vouchers(
            workspace=workspace,
            origin=(ORIGIN, point.pk),
            percent=point.voucher_percent,
            valid_until=clock.now() + timedelta(days=point.voucher_days),
            select="SELECT unnest(%(joined)s::bigint[])",
            params={"joined": contacts},
        )
        valid = Voucher.objects.filter(workspace=workspace, origin_kind=ORIGIN, origin_id=point.pk)
        for voucher in valid.filter(contact__in=contacts, valid_until__gt=clock.now()):
            found[point.pk, voucher.contact_id] = voucher
    return found


def _welcome(workspace: Workspace, joinings: Sequence[Joining], vouchers: Mapping[tuple[int, int], Voucher]) -> None:
    texts: dict[tuple[int, bool], str] = {}
    answers = []
    for joining in joinings:
        point, message = joining.point, joining.arrival.message
        marketing = joining.wording(Purpose.MARKETING) is not None
        text = texts.get((point.pk, marketing))
        if text is None:
            text = texts[point.pk, marketing] = welcome(point, workspace, marketing=marketing)
        voucher = vouchers.get((point.pk, joining.contact_id))
        if voucher is not None:
            text = f"{text}\n\n{voucher_line(point, workspace, voucher)}"
        answers.append(Answer(joining.contact_id, f"joined:{point.pk}:{message.pk}", text, message.pk))
    queue_answers(workspace=workspace, channel=joinings[0].arrival.channel, origin_kind=ORIGIN, answers=answers)
