"""Creates the contacts of many people who write for the first time, with a fixed number of statements."""

from collections.abc import Mapping, Sequence

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.contacts import signals
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import erased_identities
from wabolt.contacts.rules import REACHABLE_KINDS, search_text
from wabolt.contacts.services.events import record_event
from wabolt.contacts.services.identities import owners_of, reported_identity
from wabolt.lib import clock
from wabolt.lib.phone_variants import address_ways
from wabolt.lib.text import clean, storable

Pair = tuple[str, str]
_IDENTITIES = """
    INSERT INTO contacts_identity (workspace_id, contact_id, kind, value, created_at)
    SELECT %s, contact, kind, value, %s
      FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS t (contact, kind, value) ORDER BY kind, value
    ON CONFLICT DO NOTHING
"""


class _LostRaceError(Exception):
    """Another process created one of these contacts first."""


def create_reported(
    *, workspace: Workspace, people: Mapping[tuple[Pair, ...], str], source: str
) -> dict[tuple[Pair, ...], Contact]:
    """Creates a contact for each new person among `people`: {addresses as a vendor reports them: WhatsApp name}.

    Returns the new contacts by the same addresses. Left out, for `resolve_reported`, are people with an address that
    exists already, also in another national form, people who share an address with a person before them, and all
    people when another process creates one of them at the same time.
    """
    pairs_of = {key: sorted({reported_identity(*pair) for pair in key}) for key in people if key}
    ways = {key: {way for pair in pairs for way in address_ways(pair)} for key, pairs in pairs_of.items()}
    known = set(owners_of(workspace, sorted(set().union(*ways.values())))) if ways else set()
    fresh: dict[tuple[Pair, ...], list[Pair]] = {}
    for key, pairs in pairs_of.items():
        if not ways[key] & known:
            known |= ways[key]
            fresh[key] = pairs
    if not fresh:
        return {}
    try:
        with transaction.atomic():
            contacts = _insert(workspace, [(people[key], pairs) for key, pairs in fresh.items()], source[:60])
    except _LostRaceError:
        return {}
    return dict(zip(fresh, contacts, strict=True))


def _insert(workspace: Workspace, people: Sequence[tuple[str, list[Pair]]], source: str) -> list[Contact]:
    contacts = []
    for written, pairs in people:
        name = clean(storable(written))[:200]
        contacts.append(
            Contact(
                workspace=workspace,
                name=name,
                whatsapp_name=name,
                source=source,
                search=search_text(name, "", "", [value for _kind, value in pairs]),
                reachable=any(kind in REACHABLE_KINDS for kind, _value in pairs),
            )
        )
    Contact.objects.bulk_create(contacts, batch_size=1000)
    rows = [(contact.pk, *pair) for contact, (_name, pairs) in zip(contacts, people, strict=True) for pair in pairs]
    ids, kinds, values = (list(column) for column in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_IDENTITIES, [workspace.pk, clock.now(), ids, kinds, values])
        if cursor.rowcount < len(rows):
            raise _LostRaceError
    returned = erased_identities(workspace, [(kind, value) for _id, kind, value in rows])
    for contact, (_name, pairs) in zip(contacts, people, strict=True) if returned else ():
        if returned.intersection(pairs):
            identities = sorted(returned.intersection(pairs))
            signals.erased_returned.send(Contact, workspace=workspace, contact_id=contact.pk, identities=identities)
    record_event(
        workspace=workspace, contact_ids=[c.pk for c in contacts], kind="contact_created", data={"source": source}
    )
    return contacts
