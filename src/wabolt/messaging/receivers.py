"""Reactions to signals of lower rooms."""

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
from wabolt.messaging.member_phones.services import forget_numbers
from wabolt.messaging.outbox.services.lanes import pause_lane
from wabolt.messaging.outbox.services.queueing import cancel_queued, release_held
from wabolt.messaging.restored.carrying import carry_messages
from wabolt.messaging.restored.services import hold_waiting


@receiver(consent_withdrawn)
def cancel_for_opted_out(*, workspace: Workspace, contact_ids: list[int], purpose: str, **_: Any) -> None:
    """Cancels promotions that have not started, in the transaction of the STOP."""
    cancel_queued(workspace=workspace, contact_ids=contact_ids, purpose=purpose, reason="opted_out")


@receiver(doubt_settled)
def release_for_settled(*, workspace: Workspace, contact_ids: list[int], **_: Any) -> None:
    """Makes promotions due that were held for a doubt."""
    release_held(workspace=workspace, contact_ids=contact_ids)


@receiver(contacts_erased)
def cancel_for_erased(*, workspace: Workspace, contact_ids: list[int], **_: Any) -> None:
    """Cancels queued messages to erased people and removes the texts and files of their messages."""
    cancel_queued(workspace=workspace, contact_ids=contact_ids, reason="erased")
    forget_files(contact_ids)
    forget_words(contact_ids)
    addresses = Identity.objects.filter(workspace=workspace, contact_id__in=contact_ids).values_list("kind", "value")
    forget_people(workspace=workspace, addresses=list(addresses))
    forget_numbers(workspace=workspace, phones=[value for kind, value in addresses if kind == Identity.Kind.PHONE])


@receiver(contacts_merged)
def join_for_merged(*, kept_id: int, absorbed_id: int, **_: Any) -> dict[str, Any]:
    """Adds the absorbed contact's unread messages to the kept contact's conversations."""
    return {"conversations": join_conversations(kept_id=kept_id, absorbed_id=absorbed_id)}


@receiver(contacts_parted)
def part_for_parted(*, kept_id: int, absorbed_id: int, noted: dict[str, Any], **_: Any) -> None:
    """Undoes `join_for_merged`."""
    part_conversations(kept_id=kept_id, absorbed_id=absorbed_id, given=noted.get("conversations", []))


@receiver(database_restored)
def keep_what_was_sent(restore: Restore, **_: Any) -> None:
    """Carries over the messages of the shops that the old database still has, makes the waiting messages of the other
    shops `unknown`, and pauses all channels, so that nothing is sent until a member resumes them."""
    if restore.shops:
        carry_messages(restore)
    hold_waiting(known=restore.shops)
    for channel in Channel.objects.all():
        pause_lane(channel=channel, reason=gettext("Restored from a backup"))
