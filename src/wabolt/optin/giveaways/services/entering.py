"""Registers the people who take part in a giveaway: by its word, by its QR code, or by a picture for a contest.

It runs inside the transaction that stores the customer's message. The entrant, the voucher and the queued answer commit
with it or not at all, so that a crash gives nothing twice and loses nothing. Taking part is no consent to promotions:
the customer is asked for it afterwards, in a message of its own (`services.offering`).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.commerce.models import Voucher
from wabolt.contacts.models import Contact
from wabolt.contacts.services import NewEvent, record_events
from wabolt.lib import clock, formats
from wabolt.lib.errors import DomainError
from wabolt.lib.random_codes import random_text
from wabolt.lib.text import storable
from wabolt.media.models import MediaFile
from wabolt.messaging.models import IncomingFile
from wabolt.messaging.queries import caption
from wabolt.messaging.registry import Arrival
from wabolt.messaging.services import close_dialog, open_dialog
from wabolt.optin.giveaways import queries
from wabolt.optin.giveaways.rules.entering import Decision, Facts, decide
from wabolt.optin.giveaways.rules.words import says, text_without_key
from wabolt.optin.giveaways.services.answers import answer, send_reward, voucher_words
from wabolt.optin.models import Entrant, Entry, Giveaway, Placement
from wabolt.optin.queries import page_url, placements_of
from wabolt.optin.rules.codes import codes_in
from wabolt.optin.services.afterwards import run_actions
from wabolt.optin.services.confirming import admit, answer_gone
from wabolt.optin.services.offering import offer_list

DIALOG = "giveaway"
"""`Dialog.responder` while a contest waits for the picture or the text of an entry."""
PICTURE_WITHIN = timedelta(days=7)
TEXT_WITHIN = timedelta(hours=1)
_TICKET = 10
_LONGEST_TEXT = 1000


def answer_words(arrivals: Sequence[Arrival]) -> set[int]:
    """Responder: takes in a picture or text that a contest waits for, and messages that say the word of a giveaway.

    A message that stops promotions, or may, is never taken: it is handled before, or left to a member. Returns the ids
    of the handled messages.
    """
    free = [arrival for arrival in arrivals if arrival.keyword is None]
    words = queries.words(free[0].channel.workspace) if free else []
    return {
        arrival.message.pk
        for arrival in free
        if (arrival.dialog and arrival.dialog.responder == DIALOG and _continue(arrival, arrival.dialog.data))
        or (words and _answer_word(arrival, words))
    }


def _answer_word(arrival: Arrival, words: Sequence[tuple[int, str]]) -> bool:
    text = caption(arrival.message.text)
    said = [giveaway_id for giveaway_id, key in words if says(text, key)]
    if not said or codes_in(text):
        return False
    giveaway = queries.chosen_of(arrival.channel.workspace, said, arrival.message.created_at)
    return take_part(arrival, placements_of(giveaway.point)[0], has_code=False)


def take_part(arrival: Arrival, placement: Placement, form: Entry | None = None, *, has_code: bool = True) -> bool:
    """Handles a message with the word of a giveaway, or with the code of one of its placements. Returns whether it was
    answered. A refusal is sent once per person: the next late message, for example, is left to a member.

    `form`: always None, because a giveaway has no form (`registry.PointKind.handle`). `has_code`: whether the message
    has the code; after the closing it gets the answer to a code that does not exist.
    """
    with transaction.atomic():
        # One at a time: neither the stock nor the numbers can be given out twice.
        giveaway = _locked(arrival, placement.point_id)
        entrant = Entrant.objects.filter(giveaway=giveaway, contact=arrival.contact).first()
        decision = decide(_facts(arrival, giveaway, entrant))
        with override(giveaway.point.language):
            if decision is Decision.ENTER:
                _enter(arrival, giveaway, placement)
                return True
            if decision is Decision.AGAIN and entrant is not None:
                return _answer_again(arrival, giveaway, entrant)
            if decision is Decision.LATE and has_code:
                answer_gone(arrival)
                return True
            return _refuse(arrival, giveaway, decision)


def _locked(arrival: Arrival, giveaway_id: int) -> Giveaway:
    locked = Giveaway.objects.select_for_update(no_key=True, of=("self",)).defer("reward_media__data")
    related = locked.select_related("workspace", "point__workspace", "point__channel", "reward_media")
    return related.get(workspace=arrival.channel.workspace, pk=giveaway_id)


def _facts(arrival: Arrival, giveaway: Giveaway, entrant: Entrant | None) -> Facts:
    point = giveaway.point
    is_limited = giveaway.kind == Giveaway.Kind.REWARD and giveaway.stock is not None
    return Facts(
        arrival.message.created_at,
        opens_at=point.active_from,
        closes_at=point.active_until,
        closed_at=point.closed_at or point.archived_at,
        is_locked=giveaway.locked_at is not None,
        takes_part=entrant is not None,
        has_stock=not is_limited or giveaway.last_number < (giveaway.stock or 0),
    )


def _enter(arrival: Arrival, giveaway: Giveaway, placement: Placement) -> None:
    giveaway.last_number += 1
    Giveaway.objects.filter(pk=giveaway.pk).update(last_number=giveaway.last_number)
    entrant = Entrant.objects.create(
        workspace=arrival.channel.workspace,
        giveaway=giveaway,
        contact=arrival.contact,
        number=giveaway.last_number,
        ticket=random_text(_TICKET),
        message_id=arrival.message.pk,
        entered_at=arrival.message.created_at,
    )
    _note(arrival, giveaway, placement, entrant)
    if giveaway.kind == Giveaway.Kind.REWARD:
        send_reward(giveaway, entrant, quoted=arrival.message)
        ask_permission(arrival, giveaway)
    elif giveaway.kind == Giveaway.Kind.DRAW:
        text = _(
            "You take part in the draw! Your ticket: *%(ticket)s*. The draw is after %(end)s, and here is how it works:"
            " %(url)s"
        ) % {"ticket": entrant.ticket, "end": _end_of(giveaway), "url": page_url(giveaway.point)}
        answer(giveaway, arrival.contact.pk, text, key=f"in:{entrant.pk}", quoted=arrival.message)
        ask_permission(arrival, giveaway)
    elif not _take_picture(arrival, giveaway, entrant):
        words = _("You are entrant number %(number)s! Now send us your photo, with a few words to it, until %(end)s.")
        text = words % {"number": entrant.number, "end": _end_of(giveaway)}
        answer(giveaway, arrival.contact.pk, text, key=f"in:{entrant.pk}", quoted=arrival.message)
        _wait_for(arrival, giveaway, "picture", PICTURE_WITHIN)
    run_actions(giveaway.point, {arrival.contact.pk: f"entered:{entrant.pk}"})


def _note(arrival: Arrival, giveaway: Giveaway, placement: Placement, entrant: Entrant) -> None:
    """Notes the way in without any permission, and the event."""
    workspace, contact = arrival.channel.workspace, arrival.contact
    if not Entry.objects.filter(point=giveaway.point, contact=contact).exists():
        admit(arrival, placement, None, placement_agrees=False)
    data = {
        "giveaway": giveaway.pk, "entry_point": giveaway.pk, "number": entrant.number, "message": arrival.message.pk
    }  # fmt: skip
    event = NewEvent(contact.pk, "giveaway_entered", arrival.message.created_at, data)
    record_events(workspace=workspace, events=[event])


def ask_permission(arrival: Arrival, giveaway: Giveaway) -> None:
    """Asks whether news are welcome, as an offer of the list: never after a stop, and at most once in 90 days."""
    if not giveaway.asks_permission:
        return
    try:
        offer_list(workspace=arrival.channel.workspace, contact_id=arrival.contact.pk, point=giveaway.point)
    except (DomainError, Contact.DoesNotExist):
        return  # agreed, stopped or was asked before


def _answer_again(arrival: Arrival, giveaway: Giveaway, entrant: Entrant) -> bool:
    """Answers a person who takes part already, at most once a day. In an open contest the person can send another
    picture afterwards. Returns whether an answer was queued."""
    is_open = giveaway.point.is_open(arrival.message.created_at) and giveaway.locked_at is None
    if giveaway.kind == Giveaway.Kind.CONTEST and is_open:
        if _take_picture(arrival, giveaway, entrant):
            return True
        _wait_for(arrival, giveaway, "picture", PICTURE_WITHIN)
        text = _("You are entrant number %(number)s. Send a photo until %(end)s; it replaces the one before.") % {
            "number": entrant.number,
            "end": _end_of(giveaway),
        }
    elif giveaway.kind == Giveaway.Kind.REWARD:
        voucher = Voucher.objects.filter(
            origin_kind=queries.ORIGIN, origin_id=giveaway.pk, contact=arrival.contact
        ).first()
        text = _("You have your reward already, one per person.")
        if voucher is not None and voucher.valid_until > clock.now():
            text = f"{text} {voucher_words(giveaway, voucher.code, voucher.percent, voucher)}"
    else:
        text = _("You take part already, with number %(number)s. One entry per person.") % {"number": entrant.number}
        if giveaway.kind == Giveaway.Kind.DRAW:
            text = _("You take part already. Your ticket: *%(ticket)s*. One per person.") % {"ticket": entrant.ticket}
    key = f"again:{arrival.message.created_at:%Y%m%d}"
    return bool(answer(giveaway, arrival.contact.pk, text, key=key, quoted=arrival.message))


def _refuse(arrival: Arrival, giveaway: Giveaway, decision: Decision) -> bool:
    """Tells a person once that it is too early, too late or sold out."""
    point = giveaway.point
    if decision is Decision.EARLY and point.active_from is not None:
        begin = formats.moment(point.active_from, point.workspace.tz, point.language)
        text = _("Almost! “%(name)s” begins on %(begin)s. Write again then, please.") % {
            "name": point.name,
            "begin": begin,
        }
    elif decision is Decision.SOLD_OUT:
        text = _("Thank you for writing! All rewards of “%(name)s” are given away. See you next time!") % {
            "name": point.name
        }
    else:
        text = _("Thank you for writing! “%(name)s” has ended. See you next time!") % {"name": point.name}
    key = decision.name.lower()
    return bool(answer(giveaway, arrival.contact.pk, text, key=key, quoted=arrival.message))


def _continue(arrival: Arrival, data: Mapping[str, object]) -> bool:
    """Takes in what the contest waits for. Other messages go on to the next responders, and the wait stays."""
    with transaction.atomic():
        known = Entrant.objects.filter(contact=arrival.contact, giveaway_id=int(str(data.get("giveaway") or 0)))
        entrant = known.first()
        if entrant is None:
            return False
        giveaway = _locked(arrival, entrant.giveaway_id)
        with override(giveaway.point.language):
            if data.get("waits_for") == "text" and _take_text(arrival, giveaway, entrant):
                return True
            if not _has_picture(arrival):
                return False
            facts = _facts(arrival, giveaway, None)
            if decide(facts) is Decision.LATE:
                close_dialog(channel=arrival.channel, contact_id=arrival.contact.pk)
                return _refuse(arrival, giveaway, Decision.LATE)
            return _take_picture(arrival, giveaway, entrant)


def _has_picture(arrival: Arrival) -> bool:
    return IncomingFile.objects.filter(message=arrival.message, kind=MediaFile.Kind.IMAGE).exists()


def _take_picture(arrival: Arrival, giveaway: Giveaway, entrant: Entrant) -> bool:
    """Makes the picture of this message the entry, with its caption. Returns False without a picture."""
    if not _has_picture(arrival):
        return False
    text = caption(arrival.message.text)
    said = storable(text_without_key(text, giveaway.word_key, codes_in(text)))[:_LONGEST_TEXT]
    is_first = entrant.picture_id is None
    Entrant.objects.filter(pk=entrant.pk).update(
        picture_id=arrival.message.pk, text=said, submitted_at=arrival.message.created_at
    )
    if said:
        close_dialog(channel=arrival.channel, contact_id=arrival.contact.pk)
        thanks = _("Your entry is in! You are number %(number)s. We will tell you here who wins.")
    else:
        thanks = _("Your photo is in! You are number %(number)s. Would you like to write a few words to it?")
    text = thanks % {"number": entrant.number}
    answer(giveaway, arrival.contact.pk, text, key=f"photo:{arrival.message.pk}", quoted=arrival.message)
    if not said:
        _wait_for(arrival, giveaway, "text", TEXT_WITHIN)
    elif is_first:
        ask_permission(arrival, giveaway)
    return True


def _take_text(arrival: Arrival, giveaway: Giveaway, entrant: Entrant) -> bool:
    """Makes this message the text of the entry. A question is left to a member; another picture replaces the first."""
    text = arrival.message.text.strip()
    if not text or "?" in text or codes_in(text) or IncomingFile.objects.filter(message=arrival.message).exists():
        return False
    if giveaway.locked_at is not None or says(text, giveaway.word_key):
        return False
    Entrant.objects.filter(pk=entrant.pk).update(text=storable(text)[:_LONGEST_TEXT])
    close_dialog(channel=arrival.channel, contact_id=arrival.contact.pk)
    thanks = _("Your entry is complete! You are number %(number)s. We will tell you here who wins.")
    answer(
        giveaway,
        arrival.contact.pk,
        thanks % {"number": entrant.number},
        key=f"text:{arrival.message.pk}",
        quoted=arrival.message,
    )
    ask_permission(arrival, giveaway)
    return True


def _wait_for(arrival: Arrival, giveaway: Giveaway, what: str, within: timedelta) -> None:
    open_dialog(
        channel=arrival.channel,
        contact_id=arrival.contact.pk,
        responder=DIALOG,
        data={"giveaway": giveaway.pk, "waits_for": what},
        until=clock.now() + within,
    )


def _end_of(giveaway: Giveaway) -> str:
    point = giveaway.point
    return formats.moment(point.active_until, point.workspace.tz, point.language) if point.active_until else ""
