"""Offers the list to a customer in a service chat. Their YES is the evidence of the consent."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.channels.models import Channel
from wabolt.consent.queries import consent_of
from wabolt.contacts.models import Contact
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Message
from wabolt.messaging.queries import answers_message, channel_for
from wabolt.messaging.registry import Arrival, Dialog
from wabolt.messaging.services import Draft, close_dialog, open_dialog, queue_messages
from wabolt.optin.models import EntryPoint, Offer, Placement
from wabolt.optin.queries import placements_of, refusal_of
from wabolt.optin.rules.replies import is_no, is_yes
from wabolt.optin.services.confirming import confirm_offer
from wabolt.optin.services.joining import ORIGIN
from wabolt.optin.services.points import PointDraft, add_placement, new_point

OFFERED = "list_offer"
"""`Dialog.responder` while the customer has not answered an offer."""
ANSWER_WITHIN = timedelta(days=7)
OFFER_REASONS: dict[str, Promise] = {
    "agreed": gettext_lazy("This customer is on the list already."),
    "stopped": gettext_lazy("This customer stopped promotions, so the list is not offered."),
    "offered": gettext_lazy("The list was offered less than 90 days ago."),
    "no_chat": gettext_lazy("The list is offered in a chat: wait until the customer writes."),
    "no_channel": gettext_lazy("Connect a WhatsApp number first."),
}


@transaction.atomic
def offer_list(
    *, workspace: Workspace, contact_id: int, author: User | None = None, point: EntryPoint | None = None,
    channel: Channel | None = None,
) -> Offer:  # fmt: skip
    """Sends the offer as an answer in the contact's chat and waits for a YES.

    `channel`: the number of the chat; None: the one on which they last wrote.
    `point`: the way in that a YES is credited to; None: the one for offers in chats of this number. `author`: the
    member who offers, who gets an audit entry.
    Two members who offer at the same time send one offer. Raises Contact.DoesNotExist, and DomainError with a code of
    `rules.offering.refusal_to_offer` or "no_channel".
    """
    contact = Contact.objects.select_for_update(no_key=True, of=("self",)).get(
        workspace=workspace, pk=contact_id, erased_at=None
    )
    refusal = refusal_of(workspace, contact)
    channel = channel or channel_for(workspace, contact)
    if refusal or channel is None:
        code = refusal or "no_channel"
        raise DomainError(OFFER_REASONS[code], code=code)
    placement = _first_chat_placement(point) if point else _chat_placement(workspace, channel)
    wording = placement.point.marketing_wording
    offer = Offer.objects.create(
        workspace=workspace, contact=contact, point=placement.point, wording=wording, author=author
    )
    with override(placement.point.language):
        text = offer_text(workspace.name, wording.text)
    draft = Draft(
        purpose=Message.Purpose.SERVICE,
        origin_kind=ORIGIN,
        key=f"offer:{offer.pk}",
        text=text,
        priority=Message.Priority.REPLY,
        author=author,
    )
    queued = queue_messages(workspace=workspace, channel=channel, contact_ids=[contact.pk], draft=draft)
    data = {"offer": offer.pk, "message": queued[0].pk if queued else None}
    until = offer.offered_at + ANSWER_WITHIN
    open_dialog(channel=channel, contact_id=contact.pk, responder=OFFERED, data=data, until=until)
    if author is not None:
        target = ("entry_point", offer.point_id)
        record_audit(workspace=workspace, actor=author, action="entry_point.offer", target=target)
    return offer


def offer_text(shop: str, wording: str) -> str:
    """The question whether the customer agrees to `wording`, in the active language."""
    return _(
        "Would you like news and offers from %(shop)s here? If yes, you agree to this: “%(wording)s”"
        " Reply YES. If not, just ignore this message."
    ) % {"shop": shop, "wording": wording}


def answer_offers(arrivals: Sequence[Arrival]) -> set[int]:
    """Responder: a YES to an offer adds the customer to the list; a NO ends the question. Other messages go on.

    The YES has to answer the offer: it quotes it, or nothing was sent to the customer since. A customer who stopped
    promotions after the offer, or may have done so, is not added. Returns the ids of the handled messages.
    """
    return {
        arrival.message.pk
        for arrival in arrivals
        if arrival.dialog is not None and arrival.dialog.responder == OFFERED and _answer(arrival, arrival.dialog)
    }


def _answer(arrival: Arrival, asked: Dialog) -> bool:
    text = arrival.message.text
    if not is_yes(text) and not is_no(text):
        return False
    answers = answers_message(arrival, asked.data.get("message"))
    close_dialog(channel=arrival.channel, contact_id=arrival.contact.pk)
    offers = Offer.objects.filter(workspace=arrival.channel.workspace, contact=arrival.contact)
    offer = offers.select_related("point", "wording").filter(pk=str(asked.data.get("offer") or 0)).first()
    status = consent_of(arrival.channel.workspace, arrival.contact.pk)
    if offer is None or not answers or is_no(text) or status.stopped_since(offer.offered_at) or status.doubted:
        return False
    confirm_offer(arrival, offer)
    Offer.objects.filter(pk=offer.pk).update(answered_at=arrival.message.created_at)
    return True


def _first_chat_placement(point: EntryPoint) -> Placement:
    """The placement of a way in to which answers in a chat are credited (`confirming.confirm_offer`)."""
    found = placements_of(point).filter(medium=Placement.Medium.CHAT).select_related("point__marketing_wording")
    return found.first() or add_placement(workspace=point.workspace, point=point, medium=Placement.Medium.CHAT)


def _chat_placement(workspace: Workspace, channel: Channel) -> Placement:
    """The placement of offers in chats of this number; made with the shop's text when the list is first offered."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)  # two first offers make one entry point
    found = EntryPoint.objects.filter(
        workspace=workspace, channel=channel, kind=EntryPoint.Kind.CHAT, closed_at=None, archived_at=None
    )
    point = found.select_related("workspace", "marketing_wording").order_by("pk").first()
    if point is None:
        with override(workspace.language):
            name = _("Offered in chats (%(number)s)") % {"number": channel.name}
        draft = PointDraft(kind=EntryPoint.Kind.CHAT, name=name[:100], channel=channel, language=workspace.language[:2])
        point = new_point(workspace=workspace, draft=draft)
    return add_placement(workspace=workspace, point=point, medium=Placement.Medium.CHAT)
