"""A person's change of number: the contact and its history stay, the address changes."""

from collections.abc import Iterable, Sequence

from django.db import transaction

from wabolt.accounts.models import Workspace
from wabolt.contacts import signals
from wabolt.contacts.models import Contact, Identity
from wabolt.contacts.services.erasure_log import announce_returned
from wabolt.contacts.services.events import record_event
from wabolt.contacts.services.identities import refresh_search, reported_identity
from wabolt.contacts.services.merging import merge_contacts
from wabolt.lib import clock

Pair = tuple[str, str]


@transaction.atomic
def replace_identities(
    *, workspace: Workspace, old: Iterable[Pair], new: Iterable[Pair], reason: str
) -> Contact | None:
    """Replaces the addresses `old` (kind, value) of a contact by `new`. Returns the contact, None if no contact has any
    of them.

    The old addresses are removed, because they may be given to another person. If another contact has a new address
    already, it is merged into this one (`undo_merge` undoes it). An opt-out under an old address also holds for the new
    ones and stays with the old (`signals.identities_replaced`). `reason` is a word of ours, such as "number_changed". A
    repeated call changes nothing.
    """
    news = list(dict.fromkeys(reported_identity(*pair) for pair in new))
    olds = [pair for pair in dict.fromkeys(reported_identity(*pair) for pair in old) if pair not in news]
    rows = _rows(workspace, [*olds, *news])
    leavers = [row for pair in olds if (row := rows.get(pair))]
    arrived = [row for pair in news if (row := rows.get(pair))]
    contact_id = (leavers or arrived)[0].contact_id if leavers or arrived else None
    if contact_id is not None:
        # Several contacts had addresses of this person; the vendor has said that they are one.
        for other in dict.fromkeys(row.contact_id for row in [*leavers, *arrived]):
            if other != contact_id:
                merge_contacts(workspace=workspace, keep_id=contact_id, absorb_id=other, reason=reason)
        if leavers or len(arrived) < len(news):
            _put(workspace, contact_id, leavers, [pair for pair in news if pair not in rows])
            data = {"reason": reason, "kinds": sorted({kind for kind, _value in news})}
            record_event(workspace=workspace, contact_ids=[contact_id], kind="contact_moved", data=data)
    signals.identities_replaced.send(Contact, workspace=workspace, contact_id=contact_id, old=olds, new=news)
    return None if contact_id is None else Contact.objects.get(pk=contact_id)


def _rows(workspace: Workspace, pairs: Sequence[Pair]) -> dict[Pair, Identity]:
    """Returns the present owners of these addresses and locks them until the end of the transaction."""
    found = Identity.objects.select_for_update().filter(
        workspace=workspace, kind__in={kind for kind, _ in pairs}, value__in={value for _, value in pairs}
    )
    return {(row.kind, row.value): row for row in found.order_by("pk") if (row.kind, row.value) in pairs}


def _put(workspace: Workspace, contact_id: int, leavers: Sequence[Identity], new_pairs: Sequence[Pair]) -> None:
    """Writes new values over old ones of the same kind, so that a row keeps its id for the undo of a merge. Values
    without a counterpart are removed or added."""
    spare = list(leavers)
    for kind, value in new_pairs:
        row = next((one for one in spare if one.kind == kind), None)
        if row is None:
            Identity.objects.create(workspace=workspace, contact_id=contact_id, kind=kind, value=value)
        else:
            spare.remove(row)
            Identity.objects.filter(pk=row.pk).update(value=value, created_at=clock.now())
    Identity.objects.filter(pk__in=[row.pk for row in spare]).delete()
    announce_returned(workspace, contact_id, new_pairs)
    refresh_search(contact_ids=[contact_id])
