"""Functions shared by the pages of broadcasts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from wabolt.accounts.queries import membership_of, workspace_of
from wabolt.broadcasts import queries
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries import media_of
from wabolt.channels.models import Channel
from wabolt.channels.queries import channels
from wabolt.channels.registry import capabilities
from wabolt.contacts.models import Contact
from wabolt.lib.errors import DomainError
from wabolt.lib.formats import number
from wabolt.lib.roles import at_least
from wabolt.lib.web import whole_number
from wabolt.media.models import MediaFile
from wabolt.media.queries import shown_media
from wabolt.messaging.models import Message
from wabolt.messaging.queries import reason_words
from wabolt.personalization import queries as rendering
from wabolt.segments.models import Segment
from wabolt.segments.queries import BrokenSegment, SegmentError, from_json, sample_contacts

PEOPLE_TO_LEAF = 20


def access_broadcast(request: HttpRequest, broadcast_id: int) -> Broadcast:
    """Returns the workspace's broadcast. Raises Http404."""
    try:
        return queries.get_broadcast(workspace_of(request), broadcast_id)
    except Broadcast.DoesNotExist:
        raise Http404 from None


def may_edit(request: HttpRequest) -> bool:
    """True if the member may write, send and stop broadcasts."""
    return at_least(membership_of(request).role, "manager")


def chosen_segment(request: HttpRequest, choice: object) -> Segment | None:
    """Returns the segment that `choice` names: a segment, an id, or text of a form."""
    if isinstance(choice, Segment):
        return choice
    pk = whole_number(str(choice or ""))
    return Segment.objects.filter(workspace=workspace_of(request), pk=pk).first() if pk else None


def segment_trouble(error: Exception) -> str:
    """Returns the error of a segment in words for the sender."""
    if isinstance(error, BrokenSegment):
        return str(error)
    return _("This segment cannot be read. Open it and build it again.")


def excluded_rows(preview: queries.Preview | None) -> list[tuple[str, str, int, str]]:
    """Returns (reason, its words, number of contacts, some of their names) for contacts who will not get it."""
    rows = preview.excluded.items() if preview else ()
    return [
        (reason, reason_words(reason), count, _some_names(preview.examples.get(reason, ()), count))
        for reason, count in rows
        if preview
    ]


def _some_names(names: Sequence[str], count: int) -> str:
    """Returns "Ani, Budi and 8 more"."""
    shown = ", ".join(name or _("Nameless") for name in names)
    more = count - len(names)
    return _("%(names)s and %(count)s more") % {"names": shown, "count": number(more)} if shown and more else shown


def purpose_of(broadcast: Broadcast) -> str:
    """Returns the purpose for rendering. A template contains its own stop instructions, so ours are not added."""
    return Message.Purpose.SERVICE if broadcast.template_id else Message.Purpose.MARKETING


@dataclass(frozen=True, slots=True)
class Draft:
    """A message for a bubble, saved or not.

    `segment` and `channel` are rows, or ids of a form. `variables` are for rendering, in addition to the contact. A
    `trial` shows its links as written. `broadcast`: the saved one, whose receivers are decided like at the freeze.
    """

    text: str
    segment: object
    channel: object = None
    purpose: str = Message.Purpose.MARKETING
    attached: MediaFile | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    trial: bool = False
    broadcast: Broadcast | None = None


def draft_of(broadcast: Broadcast, *, trial: bool = False) -> Draft:
    """Returns a saved broadcast for a bubble."""
    return Draft(
        text=broadcast.text,
        segment=broadcast.segment,
        channel=broadcast.channel,
        purpose=purpose_of(broadcast),
        attached=media_of(broadcast),
        variables=queries.sample_variables(broadcast),
        trial=trial,
        broadcast=broadcast,
    )


def bubble_context(request: HttpRequest, draft: Draft) -> dict[str, Any]:
    """Returns the message as one person who would get it will see it. The request's `person` counts from 0 and wraps
    around.

    `uncounted_links`: links that are sent as written, because customers cannot open our address.
    """
    workspace = workspace_of(request)
    channel = _chosen_channel(request, draft.channel)
    people = _receivers(request, draft, channel)
    index = (whole_number(request.POST.get("person", "")) or 0) % len(people) if people else 0
    person = people[index] if people else None
    short = not draft.trial and _shortens_links(channel)
    shown, problem = "", ""
    if draft.text.strip():
        try:
            shown = rendering.preview(
                workspace, draft.text, person, purpose=draft.purpose, short_links=short, variables=draft.variables
            )
        except DomainError as error:
            problem = str(error)
    return {
        "person": person, "person_index": index, "people": len(people), "shown": shown, "problem": problem,
        "media": shown_media(draft.attached), "uncounted_links": 0 if short else len(rendering.find_links(draft.text)),
        "previous_person": (index - 1) % len(people) if people else 0, "next_person": index + 1,
    }  # fmt: skip


def _receivers(request: HttpRequest, draft: Draft, channel: Channel | None) -> list[Contact]:
    """Returns some of the contacts who would get the message. Without a channel no contact can be excluded."""
    chosen = chosen_segment(request, draft.segment)
    if chosen is None:
        return []
    workspace = workspace_of(request)
    try:
        if channel is None:
            return sample_contacts(workspace, from_json(chosen.tree), PEOPLE_TO_LEAF)
        unsaved = Broadcast(workspace=workspace, channel=channel, segment_tree=chosen.tree, text=draft.text)
        return queries.sample_receivers(draft.broadcast or unsaved, PEOPLE_TO_LEAF)
    except (BrokenSegment, SegmentError):
        return []


def _chosen_channel(request: HttpRequest, choice: object) -> Channel | None:
    if isinstance(choice, Channel):
        return choice
    pk = whole_number(str(choice or ""))
    return channels(workspace_of(request)).filter(pk=pk).first() if pk else None


def _shortens_links(channel: Channel | None) -> bool:
    return rendering.shortens_links(capabilities(channel.provider)) if channel else rendering.links_are_public()
