"""Erases people again whose data was erased after the restored backup was made."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact
from wabolt.contacts.services.erasing import erase_contacts
from wabolt.contacts.services.erasure_log import Logged, add_to_log, owners_of_erased


@transaction.atomic
def replay_erasures(
    *, workspace: Workspace, made_at: datetime, log: Sequence[Logged], people: Iterable[tuple[int, datetime]] = ()
) -> int:
    """Erases the people again whose data was erased after `made_at`, the time of the backup. Returns their number.

    `log`: the erasure log of the previous database, (kind, digest, time) of contacts_erasedidentity. `people`: its
    erased contacts (id, created_at), for people without an address. Both values must match, because an id alone may
    belong to another person.
    """
    ids = set(owners_of_erased(workspace=workspace, digests=[digest for _kind, digest, at in log if at > made_at]))
    created = dict(people)
    for pk, created_at in Contact.objects.filter(workspace=workspace, pk__in=list(created)).values_list(
        "pk", "created_at"
    ):
        if created[pk] == created_at:
            ids.add(pk)
    done = erase_contacts(workspace=workspace, ids=sorted(ids))
    add_to_log(workspace=workspace, rows=log)
    return done
