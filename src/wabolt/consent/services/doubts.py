"""Possible stops: messages that hold promotions to their sender until a member has decided."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.consent import rules, signals
from wabolt.consent.models import Consent, Purpose, StopDoubt
from wabolt.consent.services.ledger import ConsentStatement, withdraw

# A claim of messages locks the row of the consent that allows them, so a new hold waits for the claim.
_LOCK = """
SELECT FROM consent_consent
 WHERE workspace_id = %s AND contact_id = %s AND purpose = 'marketing' AND state = 'granted' FOR NO KEY UPDATE
"""


@transaction.atomic
def hold_for_doubt(*, workspace: Workspace, contact_id: int, evidence: Mapping[str, Any], at: datetime) -> bool:
    """Holds promotions for a contact who may have said stop. Returns whether they are held now.

    Returns False without a granted consent.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [workspace.pk, contact_id])
        if cursor.fetchone() is None:
            return False
    values = {"workspace": workspace, "evidence": rules.plain_evidence(evidence), "since": at}
    StopDoubt.objects.get_or_create(contact_id=contact_id, defaults=values)
    return True


@transaction.atomic
def settle_doubt(*, workspace: Workspace, contact_id: int, is_stop: bool, actor: User | None = None) -> bool:
    """Records the decision of a member about a held message. A stop withdraws the consent; otherwise promotions are
    released.

    Returns whether there was a doubt. Sends `signals.doubt_settled`.
    """
    doubt = StopDoubt.objects.select_for_update().filter(workspace=workspace, contact=contact_id).first()
    if doubt is None:
        return False
    if is_stop:
        withdraw(
            workspace=workspace,
            contact_ids=[contact_id],
            statement=ConsentStatement(Purpose.MARKETING, "member", evidence=doubt.evidence, actor=actor),
        )
    doubt.delete()
    record_audit(
        workspace=workspace, actor=actor, action="consent.doubt", target=("contact", contact_id), data={"stop": is_stop}
    )
    signals.doubt_settled.send(Consent, workspace=workspace, contact_ids=[contact_id])
    return True


@transaction.atomic
def clear_doubts(*, workspace: Workspace, contact_ids: list[int]) -> None:
    """Deletes the doubts about contacts who have stated their wish clearly, or whose data is erased."""
    gone, _rows = StopDoubt.objects.filter(workspace=workspace, contact__in=contact_ids).delete()
    if gone:
        signals.doubt_settled.send(Consent, workspace=workspace, contact_ids=contact_ids)
