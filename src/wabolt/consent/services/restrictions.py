"""Restriction of processing: a person's data must not be used for a time (UU PDP, article 11)."""

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.consent.models import Restriction
from wabolt.contacts.models import Contact
from wabolt.contacts.services import record_event

# A claim of promotions locks the row of the consent that allows them, so a new restriction waits for it.
_LOCK = "SELECT FROM consent_consent WHERE workspace_id = %s AND contact_id = %s ORDER BY purpose FOR NO KEY UPDATE"


@transaction.atomic
def restrict(*, workspace: Workspace, contact_id: int) -> bool:
    """Refuses messages of every purpose to this contact from now on. Returns whether that is new.

    Messages of origins that answer a person's request about their own data are excepted (`messaging.registry.Origin`).
    Raises Contact.DoesNotExist.
    """
    contact = Contact.objects.get(workspace=workspace, pk=contact_id, erased_at=None)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [workspace.pk, contact_id])
    _row, is_new = Restriction.objects.get_or_create(contact=contact, defaults={"workspace": workspace})
    if is_new:
        record_event(workspace=workspace, contact_ids=[contact_id], kind="contact_restricted", data={})
    return is_new


@transaction.atomic
def lift_restriction(*, workspace: Workspace, contact_id: int) -> bool:
    """Ends the restriction of this contact. Returns whether there was one."""
    deleted, _rows = Restriction.objects.filter(workspace=workspace, contact=contact_id).delete()
    if deleted:
        record_event(workspace=workspace, contact_ids=[contact_id], kind="contact_unrestricted", data={})
    return bool(deleted)
