"""A segment of contacts that were ticked one by one."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import User, Workspace
from wabolt.contacts.services import add_tags
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.segments.models import Segment
from wabolt.segments.queries import All, Condition
from wabolt.segments.services import create_segment

BATCH = 5000


@transaction.atomic
def segment_of_people(*, workspace: Workspace, contact_ids: Sequence[int], by: User | None = None) -> Segment:
    """Creates a segment of exactly these contacts.

    The contacts get a label with the time in its name, and the segment asks for that label; the owner can reuse both.
    Raises DomainError "no_contacts" if there are no contacts.
    """
    if not contact_ids:
        raise DomainError(_("Tick the contacts first."), code="no_contacts")
    name = _free_name(workspace)
    for start in range(0, len(contact_ids), BATCH):
        add_tags(workspace=workspace, contact_ids=list(contact_ids[start : start + BATCH]), tag_names=[name])
    return create_segment(workspace=workspace, name=name, tree=All((Condition("tag", "", name),)), by=by)


def _free_name(workspace: Workspace) -> str:
    """Returns a free name such as "Pilihan 29-11-2026 14.30", with a number if the minute is taken."""
    moment = clock.now().astimezone(workspace.tz)
    with override(workspace.language):
        stem = _("Picked %(time)s") % {"time": f"{moment:%d-%m-%Y %H.%M}"}
    taken = set(Segment.objects.filter(workspace=workspace, name__startswith=stem).values_list("name", flat=True))
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem} ({number})", number + 1
    return name
