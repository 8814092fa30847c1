"""The conversation of a contact that a page shows. A contact has one on each number of the shop.

The composer and the panels of other rooms act on this conversation.
"""

from django.http import HttpRequest

from wabolt.channels.models import Channel
from wabolt.channels.queries import channels
from wabolt.contacts.models import Contact
from wabolt.lib.web import whole_number
from wabolt.messaging.store.models import Conversation
from wabolt.messaging.store.queries import channel_for

NUMBER = "number"
"""The name of the form field, and of the parameter of an address, that holds the id of the channel."""
_SHOWN, _CHANNELS, _FOUND = "_shown_conversation", "_shown_channels", "_found_conversations"


def show_conversation(request: HttpRequest, conversation: Conversation) -> None:
    """Notes that the page shows this conversation. A page that does not say so shows the one on `shown_channel`."""
    setattr(request, _SHOWN, conversation)


def shown_channel(request: HttpRequest, contact: Contact) -> Channel | None:
    """The number over which the page, or the form that was sent, writes to the contact: the one that it names if that
    still belongs to the shop, else as `channel_for`."""
    known: dict[int, Channel | None] = request.__dict__.setdefault(_CHANNELS, {})
    if contact.pk not in known:
        known[contact.pk] = _channel(request, contact)
    return known[contact.pk]


def _channel(request: HttpRequest, contact: Contact) -> Channel | None:
    noted: Conversation | None = getattr(request, _SHOWN, None)
    if noted is not None and noted.contact_id == contact.pk:
        named: int | None = noted.channel_id
    else:
        given = request.POST if request.method == "POST" else request.GET
        named = whole_number(given.get(NUMBER, ""))
    found = channels(contact.workspace).filter(pk=named).first() if named is not None else None
    return found or channel_for(contact.workspace, contact)


def shown_conversation(request: HttpRequest, contact: Contact) -> Conversation | None:
    """The conversation on `shown_channel`; None without one, and for an erased contact. One query for all panels of a
    page."""
    known: dict[int, Conversation | None] = request.__dict__.setdefault(_FOUND, {})
    if contact.pk not in known:
        known[contact.pk] = _conversation(request, contact)
    return known[contact.pk]


def _conversation(request: HttpRequest, contact: Contact) -> Conversation | None:
    channel = shown_channel(request, contact) if contact.erased_at is None else None
    if channel is None:
        return None
    found = Conversation.objects.filter(workspace=contact.workspace_id, contact=contact, channel=channel)
    return found.select_related("channel").first()
