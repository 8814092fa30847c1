"""Objection to profiling: no program decides about a person from their behaviour (UU PDP, article 10)."""

from django.db import transaction

from wabolt.accounts.models import Workspace
from wabolt.consent.models import Objection
from wabolt.contacts.models import Contact
from wabolt.contacts.services import record_event


@transaction.atomic
def object_to_profiling(*, workspace: Workspace, contact_id: int) -> bool:
    """Takes this contact out of automatic decisions from their behaviour (`queries.UNPROFILED_SQL`) until they agree to
    promotions again. Returns whether that is new. Raises Contact.DoesNotExist."""
    contact = Contact.objects.get(workspace=workspace, pk=contact_id, erased_at=None)
    _row, is_new = Objection.objects.get_or_create(contact=contact, defaults={"workspace": workspace})
    if is_new:
        record_event(workspace=workspace, contact_ids=[contact_id], kind="contact_objected", data={})
    return is_new
