"""Reactions to signals of lower rooms. Connected in `PrivacyConfig.ready`."""

from typing import Any

from django.dispatch import receiver

from wabolt.accounts.models import Workspace
from wabolt.accounts.signals import workspace_created
from wabolt.contacts.signals import contacts_erased, contacts_merged, contacts_parted
from wabolt.lib.restore import Restore, database_restored
from wabolt.messaging.registry import Arrival
from wabolt.messaging.signals import message_received
from wabolt.optin.signals import word_choosing
from wabolt.privacy.queries import is_request
from wabolt.privacy.services import (
    carry_requests,
    close_for_erased,
    ensure_settings,
    join_requests,
    part_requests,
    queue_notices,
    take_requests,
)


@receiver(workspace_created)
def prepare(workspace: Workspace, **_: Any) -> None:
    ensure_settings(workspace=workspace)


@receiver(message_received)
def take_words_that_also_stop(arrivals: list[Arrival], **_: Any) -> None:
    """A message such as HAPUS DATA also stops promotions, so no responder is asked about it."""
    take_requests([arrival for arrival in arrivals if arrival.keyword == "stop"])


@receiver(word_choosing)
def keep_words_of_requests(workspace: Workspace, word: str, **_: Any) -> bool:
    """A word of a request about personal data is no word of a giveaway."""
    return is_request(workspace, word)


@receiver(contacts_erased)
def close_requests(workspace: Workspace, contact_ids: list[int], **_: Any) -> None:
    queue_notices(workspace=workspace, contact_ids=contact_ids)  # before the requests are closed
    close_for_erased(workspace=workspace, contact_ids=contact_ids)


@receiver(contacts_merged)
def join_for_merged(*, workspace: Workspace, kept_id: int, absorbed_id: int, **_: Any) -> dict[str, Any]:
    return {"requests": join_requests(workspace=workspace, kept_id=kept_id, absorbed_id=absorbed_id)}


@receiver(contacts_parted)
def part_for_parted(*, workspace: Workspace, kept_id: int, absorbed_id: int, noted: dict[str, Any], **_: Any) -> None:
    before = noted.get("requests", {})
    part_requests(
        workspace=workspace,
        kept_id=kept_id,
        absorbed_id=absorbed_id,
        moved=before.get("moved", []),
        closed=before.get("closed", []),
    )


@receiver(database_restored)
def keep_requests(restore: Restore, **_: Any) -> None:
    carry_requests(restore)
