"""Implements the ports of `channels.registry` that need lanes or contacts."""

from collections.abc import Iterable, Sequence
from typing import Any

from wabolt.accounts.models import User, Workspace
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.registry import LaneState, Person
from wabolt.channels.signals import channel_archived
from wabolt.contacts import queries as contacts
from wabolt.contacts.models import Identity
from wabolt.messaging.number_health import NumberHealth
from wabolt.messaging.old_chats import OldChats
from wabolt.messaging.outbox.queries import lane_statuses
from wabolt.messaging.outbox.services.lanes import clear_archived, pause_lane, resume_lane


class LaneControl:
    """Implements `channels.registry.Lanes` with the lanes of messaging."""

    def states(self, workspace: Workspace, channels: Sequence[Channel]) -> dict[int, LaneState]:
        """Runs two statements for any number of channels."""
        lane_states = {}
        for pk, lane in lane_statuses(workspace, channels).items():
            lane_states[pk] = LaneState(
                sent_today=lane.sent_today,
                allowed_today=lane.allowance,
                waiting=lane.queued,
                paused_at=lane.paused_at,
                paused_reason=lane.reason,
                resume_at=lane.resume_at,
            )
        return lane_states

    def pause(self, channel: Channel, reason: str, actor: User | None) -> None:
        """Pauses the lane and records it in the audit log."""
        pause_lane(channel=channel, reason=reason, by=actor)

    def resume(self, channel: Channel, actor: User | None) -> None:
        """Resumes the lane and records it in the audit log."""
        resume_lane(channel=channel, by=actor)


class ContactSearch:
    """Implements `channels.registry.People` with the contacts of the workspace."""

    def search(self, workspace: Workspace, text: str, limit: int) -> list[Person]:
        """Finds contacts as the search box of the contact list does, newest first."""
        people = contacts.contacts(workspace).filter(identities__kind=Identity.Kind.PHONE)
        for word in text.lower().split()[:5]:
            people = people.filter(search__contains=word)
        rows = list(people.order_by("-id").distinct()[:limit])
        phones = contacts.phones_of(workspace, [row.pk for row in rows])
        return [Person(row.name, phones[row.pk]) for row in rows if row.pk in phones]

    def names(self, workspace: Workspace, phones: Iterable[str]) -> dict[str, str]:
        """Runs one statement."""
        known = Identity.objects.filter(
            workspace=workspace, kind=Identity.Kind.PHONE, value__in=list(phones), contact__erased_at=None
        ).exclude(contact__name="")
        return dict(known.values_list("value", "contact__name"))


def cancel_for_archived(*, channel: Channel, **_: Any) -> None:
    """Cancels the queued messages of a channel that was archived."""
    clear_archived(channel_ids=[channel.pk])


def register() -> None:
    """Called from `MessagingConfig.ready`."""
    channel_archived.connect(cancel_for_archived, dispatch_uid="messaging.cancel_for_archived")
    registry.register_lanes(LaneControl())
    registry.register_people(ContactSearch())
    registry.register_chat_importer(OldChats())
    registry.register_number_statistics(NumberHealth())
