"""Confirms entries: a customer's message with a code is the evidence, and adds the customer to the list.

A batch of arrivals is read, decided (`rules.decisions`) and written together, with a number of statements that does not
grow with the batch.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import QuerySet, prefetch_related_objects

from wabolt.accounts.models import Workspace
from wabolt.consent.models import Purpose
from wabolt.consent.queries import ConsentStatus, match_keywords, statuses
from wabolt.consent.services import hold_for_doubt
from wabolt.lib import clock
from wabolt.lib.parts import parts_without_repeats
from wabolt.messaging.queries import answers_message
from wabolt.messaging.registry import Arrival
from wabolt.messaging.services import Answer, close_dialogs, open_dialog, queue_answers
from wabolt.optin.models import Entry, EntryPoint, Offer, Placement, Registration
from wabolt.optin.queries import placements_of
from wabolt.optin.registry import kind_of
from wabolt.optin.rules.codes import ENTRY_LENGTH, codes_in, marked_codes_in, nearby_codes_in
from wabolt.optin.rules.decisions import Decision, Facts, decide
from wabolt.optin.rules.replies import is_yes, refuses, words_around
from wabolt.optin.services.answers import gone, question, refusal
from wabolt.optin.services.joining import ORIGIN, Joining, admit_all, join, note_forms

ASKING = "entry_point"
"""`Dialog.responder` while the customer is asked about a mistyped code."""
ASK_FOR = timedelta(days=1)
_SHOWN_BY = ("event", "giveaway")
"""The kinds whose `PointKind.shown` reads the relation of the same name."""


@dataclass(frozen=True, slots=True)
class _Match:
    """The placement of a code, and the submitted form if it is the code of one."""

    placement: Placement
    form: Entry | None = None

    @property
    def code(self) -> str:
        """The code in the message."""
        return self.form.code if self.form and self.form.code else self.placement.code

    @property
    def is_pending(self) -> bool:
        """Whether it is a form that was accepted while the entry point was open. It can be confirmed later too."""
        return self.form is not None and self.form.state == Entry.State.PENDING


@dataclass(frozen=True, slots=True)
class _Read:
    """An arrival with its codes: `codes` are complete, `exact` and `nearby` are those that exist. `unknown`: marked
    codes of a message without any that exists. `is_answer`: a YES to our question about a mistyped code, which is the
    code then."""

    arrival: Arrival
    codes: tuple[str, ...]
    is_answer: bool = False
    exact: tuple[_Match, ...] = ()
    nearby: tuple[_Match, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def meant(self) -> list[str]:
        """The codes that the message is about."""
        return [*(match.code for match in (*self.exact, *self.nearby)), *self.unknown]


def confirm_entries(arrivals: Sequence[Arrival]) -> set[int]:
    """Responder: adds customers whose message carries a code to the list. Returns the ids of the handled messages.

    The message is the evidence: the ledger keeps its id, the entry point, the code and the version of the text. A
    message that is older than the customer's last stop, one whose other words are a stop or a negation, and one with
    codes of two entry points are left to a member. A code that is closed, unknown or of another shop gets one answer
    that is the same for all.
    """
    read = _read(arrivals)
    taken: set[int] = set()
    # Two people may send the code of one form: the second one has to find it used.
    for part in parts_without_repeats([[code for code in one.codes if len(code) == ENTRY_LENGTH] for one in read]):
        taken |= _confirm(read[part])
    return taken


def confirm_offer(arrival: Arrival, offer: Offer) -> None:
    """Adds a customer who said yes to an offer in the chat to the list (`services.offering`)."""
    placement = placements_of(offer.point).filter(medium=Placement.Medium.CHAT)[0]
    before = Entry.objects.select_for_update().filter(point=offer.point, contact=arrival.contact).first()
    join([Joining(arrival, placement, before=before, offer=offer)])


def admit(
    arrival: Arrival,
    placement: Placement,
    form: Entry | None,
    *,
    placement_agrees: bool = True,
    evidence: Mapping[str, int] | None = None,
) -> Entry:
    """Confirms the entry of the person who wrote, in the caller's transaction: records what they agreed to, and notes
    their answers and the labels of the entry point. Returns the entry. Nothing is sent.

    `form`: the submitted form whose code the message carries; None for the code of a placement. `placement_agrees`:
    whether the message with the code of a placement agrees to promotions, because the placement shows the text.
    `evidence`: more facts for the consent ledger.
    """
    before = Entry.objects.select_for_update().filter(point=placement.point, contact=arrival.contact).first()
    joining = Joining(arrival, placement, form, before, evidence or {}, placement_agrees=placement_agrees)
    admit_all([joining])
    return Entry.objects.get(point=placement.point, contact=arrival.contact)


def answer_used(arrival: Arrival, point: EntryPoint, *, is_open: bool) -> None:
    """Answers that the code belongs to the form of another person, who confirmed it. `is_open`: whether the form can be
    filled in now."""
    answer = refusal(Decision.USED, arrival, point) if is_open else gone(arrival)
    workspace = arrival.channel.workspace
    queue_answers(workspace=workspace, channel=arrival.channel, origin_kind=ORIGIN, answers=[answer])


def answer_gone(arrival: Arrival) -> None:
    """Answers a stranger whose code is closed, in the words for a code that does not exist."""
    workspace = arrival.channel.workspace
    queue_answers(workspace=workspace, channel=arrival.channel, origin_kind=ORIGIN, answers=[gone(arrival)])


def _read(arrivals: Sequence[Arrival]) -> list[_Read]:
    """The codes in the messages. Any answer ends our question about a mistyped code, so that a later "ya" to something
    else is no consent. A YES that does not answer our question is read like any other message."""
    questions = {one.contact.pk: one.dialog for one in arrivals if one.dialog and one.dialog.responder == ASKING}
    if questions:
        close_dialogs(channel=arrivals[0].channel, contact_ids=list(questions))
    read = []
    for arrival in arrivals:
        dialog, text = questions.get(arrival.contact.pk), arrival.message.text
        if dialog and is_yes(text) and answers_message(arrival, dialog.data.get("message")):
            read.append(_Read(arrival, (str(dialog.data.get("code", "")),), is_answer=True))
        else:
            read.append(_Read(arrival, tuple(codes_in(text))))
    return read


def _confirm(read: Sequence[_Read]) -> set[int]:
    """Handles messages no two of which carry the code of the same form."""
    if not read:
        return set()
    workspace, channel = read[0].arrival.channel.workspace, read[0].arrival.channel
    matched = _match(workspace, read)
    if not matched:  # most messages carry no code
        return set()
    befores = _befores(matched)
    people: dict[Decision, list[_Read]] = defaultdict(list)
    taken: set[int] = set()
    for one, facts in zip(matched, _facts(workspace, matched, befores), strict=True):
        decision, handle = decide(facts), _handler(one)
        if handle is None or decision in {Decision.HOLD, Decision.REFUSED}:
            people[decision].append(one)
        elif handle(one.arrival, one.exact[0].placement, one.exact[0].form):
            taken.add(one.arrival.message.pk)
    _hold(workspace, people[Decision.HOLD])
    join(
        [
            Joining(
                one.arrival,
                match.placement,
                match.form,
                befores.get((match.placement.point_id, one.arrival.contact.pk)),
            )
            for one in people[Decision.JOIN]
            for match in one.exact
        ]
    )
    again = {one.arrival.contact.pk: one.exact[0] for one in people[Decision.KNOWN]}
    new_forms = {pk: match.form for pk, match in again.items() if match.form and match.is_pending}
    note_forms(workspace=workspace, forms=new_forms)
    _ask(workspace, people[Decision.ASK])
    refused = [
        refusal(decision, one.arrival, one.exact[0].placement.point)
        for decision in (Decision.KNOWN, Decision.USED)
        for one in people[decision]
    ]
    refused += [gone(one.arrival) for one in people[Decision.GONE]]
    if refused:
        queue_answers(workspace=workspace, channel=channel, origin_kind=ORIGIN, answers=refused)
    done = (Decision.JOIN, Decision.ASK, Decision.KNOWN, Decision.USED, Decision.GONE)
    return taken.union(one.arrival.message.pk for decision in done for one in people[decision])


def _handler(one: _Read) -> Callable[[Arrival, Placement, Entry | None], bool] | None:
    """The function of the kind of way in that handles a message with one of its codes; None: the customer joins."""
    return kind_of(one.exact[0].placement.point.kind).handle if len(one.exact) == 1 else None


def _hold(workspace: Workspace, read: Sequence[_Read]) -> None:
    """Holds promotions until a member has looked, because the words around the code may mean stop."""
    for one in read:
        hold_for_doubt(
            workspace=workspace,
            contact_id=one.arrival.contact.pk,
            evidence=one.arrival.evidence,
            at=one.arrival.message.created_at,
        )


def _match(workspace: Workspace, read: Sequence[_Read]) -> list[_Read]:
    """The messages with the placements and forms of their codes. Codes with a typing error are looked for in messages
    without a complete one; those of closed entry points are ignored, as unknown ones are. Messages without a code of
    the workspace and without a marked code are left out."""
    known = _placements_and_forms(workspace, {code for one in read for code in one.codes})
    exact = [replace(one, exact=_of_one_message(known, one.codes)) for one in read]
    near = {
        one.arrival.message.pk: nearby_codes_in(one.arrival.message.text)
        for one in exact
        if not one.exact and not one.is_answer
    }
    others = _placements_and_forms(workspace, {code for codes in near.values() for code in codes})
    matched = [replace(one, nearby=_open_ones(one, others, near.get(one.arrival.message.pk, ()))) for one in exact]
    return [one for one in _with_unknown(workspace, matched) if one.exact or one.nearby or one.unknown]


def _open_ones(read: _Read, known: Mapping[str, _Match], codes: Iterable[str]) -> tuple[_Match, ...]:
    at = read.arrival.message.created_at
    found = _of_one_message(known, codes)
    return tuple(match for match in found if match.is_pending or _is_open(match.placement.point, at))


def _is_open(point: EntryPoint, at: datetime) -> bool:
    """Whether people can come through a way in at this time; an event that is over is not open."""
    shown = kind_of(point.kind).shown
    return point.is_open(at) and (shown is None or shown(point, at))


def _with_unknown(workspace: Workspace, read: Sequence[_Read]) -> list[_Read]:
    """The same messages, with the marked codes of those that have no other. A guest's ticket is no unknown code."""
    marked = {
        one.arrival.message.pk: marked_codes_in(one.arrival.message.text)
        for one in read
        if not one.exact and not one.nearby and not one.is_answer
    }
    codes = {code for found in marked.values() for code in found}
    tickets = Registration.objects.filter(workspace=workspace, ticket__in=codes)  # asks nothing without codes
    known = set(tickets.values_list("ticket", flat=True))
    return [
        replace(one, unknown=tuple(code for code in marked.get(one.arrival.message.pk, ()) if code not in known))
        for one in read
    ]


def _placements_and_forms(workspace: Workspace, codes: set[str]) -> dict[str, _Match]:
    """The placements and the submitted forms with these codes. The forms are locked, because each joins one person."""
    of_forms = {code for code in codes if len(code) == ENTRY_LENGTH}
    matches: dict[str, _Match] = {}
    if codes - of_forms:
        placements = _whole(Placement.objects.filter(workspace=workspace, code__in=codes - of_forms))
        matches = {placement.code: _Match(placement) for placement in placements}
    if of_forms:
        forms = Entry.objects.select_for_update(of=("self",)).filter(workspace=workspace, code__in=of_forms)
        found = list(forms.select_related("marketing_wording", "service_wording").order_by("pk"))
        shown = {one.pk: one for one in _whole(Placement.objects.filter(pk__in={form.placement_id for form in found}))}
        for form in found:
            form.placement = shown[form.placement_id]
            matches[str(form.code)] = _Match(form.placement, form)
    return matches


def _whole(placements: QuerySet[Placement]) -> list[Placement]:
    """The placements with their texts, their entry points, and the relations that `PointKind.shown` reads.

    One statement for each kind in the batch reads these relations. Joins to all kinds would take PostgreSQL longer to
    plan, and without either each code would cost a statement.
    """
    found = list(placements.select_related("wording", "point__service_wording"))
    for kind in _SHOWN_BY:
        prefetch_related_objects([one.point for one in found if one.point.kind == kind], kind)
    return found


def _of_one_message(known: Mapping[str, _Match], codes: Iterable[str]) -> tuple[_Match, ...]:
    """The different entry points and forms of these codes. If a message has the code of a form and the code of a
    placement of the same entry point, the form counts."""
    found = [known[code] for code in codes if code in known]
    forms = [match for match in found if match.form]
    points = {match.placement.point_id for match in forms}
    placements = {
        match.placement.point_id: match for match in found if not match.form and match.placement.point_id not in points
    }
    return (*forms, *placements.values())


def _befores(read: Sequence[_Read]) -> dict[tuple[int, int], Entry]:
    """The entries that these people have already, locked: {(entry point, contact): entry}."""
    single = [one for one in read if len(one.exact) == 1]
    if not single:
        return {}
    found = Entry.objects.select_for_update(of=("self",)).filter(
        point__in={one.exact[0].placement.point_id for one in single},
        contact__in={one.arrival.contact.pk for one in single},
    )
    return {(entry.point_id, entry.contact_id or 0): entry for entry in found.order_by("pk")}


def _facts(workspace: Workspace, read: Sequence[_Read], befores: Mapping[tuple[int, int], Entry]) -> list[Facts]:
    """The facts about each message, for `decide`."""
    consents = statuses(workspace, {one.arrival.contact.pk for one in read}, Purpose.MARKETING)
    around = [words_around(one.arrival.message.text, one.meant) for one in read]
    meanings = match_keywords(workspace, around)
    return [
        _facts_of(one, one.arrival.keyword or meaning, consents[one.arrival.contact.pk], befores)
        for one, meaning in zip(read, meanings, strict=True)
    ]


def _facts_of(
    one: _Read, meaning: str | None, consent: ConsentStatus, befores: Mapping[tuple[int, int], Entry]
) -> Facts:
    arrival, codes = one.arrival, one.meant
    greetings = [match.placement.point.greeting for match in (*one.exact, *one.nearby)] or [""]
    facts = Facts(
        len(one.exact),
        len(one.nearby),
        is_unknown=bool(one.unknown),
        meaning=None if one.is_answer else meaning,
        is_negated=not one.is_answer and any(refuses(arrival.message.text, said, codes) for said in greetings),
    )
    if len(one.exact) != 1:
        return facts
    [match] = one.exact
    form, before = match.form, befores.get((match.placement.point_id, arrival.contact.pk))
    return replace(
        facts,
        is_used=form is not None and form.contact_id not in {None, arrival.contact.pk},
        is_open=match.is_pending or match.placement.point.is_open(arrival.message.created_at),
        stopped_later=consent.stopped_since(arrival.message.created_at),
        joined=before is not None and (consent.state == "granted" or (before == form and not before.marketing)),
    )


def _ask(workspace: Workspace, read: Sequence[_Read]) -> None:
    """Asks about codes with a typing error."""
    if not read:
        return
    channel = read[0].arrival.channel
    answers = [
        Answer(
            one.arrival.contact.pk,
            f"ask:{one.arrival.message.pk}",
            question(one.nearby[0].placement.point, one.nearby[0].code),
            one.arrival.message.pk,
        )
        for one in read
    ]
    queued = queue_answers(workspace=workspace, channel=channel, origin_kind=ORIGIN, answers=answers)
    for one in read:
        contact = one.arrival.contact.pk
        data = {"code": one.nearby[0].code, "message": queued.get(contact)}
        open_dialog(channel=channel, contact_id=contact, responder=ASKING, data=data, until=clock.now() + ASK_FOR)
