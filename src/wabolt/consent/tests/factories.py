"""Ready-made permissions for tests of every room."""

from collections.abc import Sequence

from wabolt.accounts.models import Workspace
from wabolt.consent.models import Purpose
from wabolt.consent.services import Outcome, grant, withdraw


def give_consent(workspace: Workspace, contact_ids: Sequence[int], source: str = "form") -> Outcome:
    """These contacts say yes to promotions by their own word."""
    return grant(
        workspace=workspace, contact_ids=contact_ids, purpose=Purpose.MARKETING, source=source, evidence={"test": True}
    )


def say_stop(workspace: Workspace, contact_ids: Sequence[int]) -> Outcome:
    """These contacts write STOP."""
    return withdraw(
        workspace=workspace, contact_ids=contact_ids, purpose=Purpose.MARKETING, source="stop_word", evidence={}
    )
