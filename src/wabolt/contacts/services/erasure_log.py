"""The erasure log: keyed pseudonyms of the addresses of erased people."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.contacts import signals
from wabolt.contacts.models import Contact, ErasedIdentity
from wabolt.contacts.queries import erased_identities
from wabolt.lib import clock, jobs
from wabolt.lib.pseudonyms import pseudonym, pseudonym_sql

_LIST_JOB = "contacts.store_erasure_list"
Pair = tuple[str, str]
Logged = tuple[str, str, datetime]
"""One row of the log: kind, digest, time."""


def log_erasure(*, workspace: Workspace, addresses: Iterable[Pair]) -> None:
    """Writes these addresses (kind, value) into the erasure log, in the caller's transaction. The list next to the
    backups is written after it.

    An address that was erased before gets the new time, so that a restore knows the last erasure.
    """
    now = clock.now()
    rows = [(kind, pseudonym(workspace.pk, kind, value), now) for kind, value in addresses]
    add_to_log(workspace=workspace, rows=rows)
    queue_erasure_list()


def queue_erasure_list() -> None:
    """Queues a job that writes the list of erased people after the caller's transaction is committed.

    One job per call: a job that waits for several callers could read the log before the last of them commits.
    """
    jobs.defer(_LIST_JOB, lock=_LIST_JOB)


def add_to_log(*, workspace: Workspace, rows: Iterable[Logged]) -> None:
    """Writes rows of another erasure log into this one; of two rows for one address the later time stays."""
    log = {digest: ErasedIdentity(workspace=workspace, kind=k, digest=digest, at=at) for k, digest, at in rows}
    known = ErasedIdentity.objects.filter(workspace=workspace, digest__in=list(log))
    later = [row.digest for row in known if row.at >= log[row.digest].at]
    ErasedIdentity.objects.bulk_create(
        [row for digest, row in log.items() if digest not in later],
        batch_size=5000,
        update_conflicts=True,
        unique_fields=["workspace", "digest"],
        update_fields=["at"],
    )


def owners_of_erased(*, workspace: Workspace, digests: Sequence[str]) -> list[int]:
    """The contacts that have an address with one of these pseudonyms. A restored backup may hold such contacts."""
    if not digests:
        return []
    expression = pseudonym_sql(workspace.pk, "i.kind", "i.value")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT i.contact_id FROM contacts_identity i"
            f" WHERE i.workspace_id = %s AND {expression} = ANY(%s) ORDER BY 1",
            [workspace.pk, list(digests)],
        )
        return [contact_id for (contact_id,) in cursor]


def announce_returned(workspace: Workspace, contact_id: int, pairs: Sequence[Pair]) -> None:
    """Sends `erased_returned` when some of these new addresses are in the erasure log."""
    returned = erased_identities(workspace, pairs)
    if returned:
        signals.erased_returned.send(Contact, workspace=workspace, contact_id=contact_id, identities=sorted(returned))
