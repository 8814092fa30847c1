"""What messaging does when something happens in the rooms below."""

from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.channels.services import forget_people
from wabolt.consent.signals import consent_withdrawn, doubt_settled
from wabolt.contacts.models import Identity
from wabolt.contacts.signals import contacts_erased, contacts_merged, contacts_parted
from wabolt.lib.restore import Restore, database_restored
from wabolt.messaging.conversations.merging import join_conversations, part_conversations
from wabolt.messaging.erasing import forget_words
from wabolt.messaging.inbound.services.files import forget_files
from wabolt.messaging.outbox.services.lanes import pause_lane
from wabolt.messaging.outbox.services.queueing import cancel_queued, release_held
from wabolt.messaging.restored.carrying import carry_messages
from wabolt.messaging.restored.services import hold_waiting


@receiver(consent_withdrawn)
def cancel_for_opted_out(*, workspace: Workspace, contact_ids: list[int], purpose: str, **_: Any) -> None:
    """A STOP wins over everything that has not started, in its own transaction."""
    cancel_queued(workspace=workspace, contact_ids=contact_ids, purpose=purpose, reason="opted_out")


@receiver(doubt_settled)
def release_for_settled(*, workspace: Workspace, contact_ids: list[int], **_: Any) -> None:
    """Promotions that were held for a doubt come up again at once."""
    release_held(workspace=workspace, contact_ids=contact_ids)


@receiver(contacts_erased)
def cancel_for_erased(*, workspace: Workspace, contact_ids: list[int], **_: Any) -> None:
    """Nobody is written to after their data was erased, and what was said and the pictures they sent go with it."""
    cancel_queued(workspace=workspace, contact_ids=contact_ids, reason="erased")
    forget_files(contact_ids)
    forget_words(contact_ids)
    addresses = Identity.objects.filter(workspace=workspace, contact_id__in=contact_ids).values_list("kind", "value")
    forget_people(workspace=workspace, addresses=list(addresses))


@receiver(contacts_merged)
def join_for_merged(*, kept_id: int, absorbed_id: int, **_: Any) -> dict[str, Any]:
    """What waits unread in the chat of one waits in the chat of the other, or nobody ever finds it."""
    return {"conversations": join_conversations(kept_id=kept_id, absorbed_id=absorbed_id)}


@receiver(contacts_parted)
def part_for_parted(*, kept_id: int, absorbed_id: int, noted: dict[str, Any], **_: Any) -> None:
    """And back again."""
    part_conversations(kept_id=kept_id, absorbed_id=absorbed_id, given=noted.get("conversations", []))


@receiver(database_restored)
def keep_what_was_sent(restore: Restore, **_: Any) -> None:
    """Nothing is sent twice, and nothing is sent after a restore until a member lets the number go on."""
    if restore.shops:
        carry_messages(restore)
    hold_waiting(known=restore.shops)
    for channel in Channel.objects.all():
        pause_lane(channel=channel, reason=gettext("Restored from a backup"))
