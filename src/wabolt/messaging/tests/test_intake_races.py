"""Messages arrive while their contact is merged, parted or erased: each is stored with the person who wrote it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from wabolt.channels.models import Channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.consent.queries import consent_of
from wabolt.consent.services import create_defaults
from wabolt.consent.tests.factories import give_consent
from wabolt.contacts.models import Contact, Merge
from wabolt.contacts.services import erase_contacts, merge_contacts, undo_merge
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib.tests.racing import finish, started, until_waiting
from wabolt.messaging.services import process_raw_events
from wabolt.messaging.store.models import Message

AYU, BUDI = "+6281200000001", "+6281200000002"


@pytest.fixture
def shop(transactional_db: None, channel: Channel) -> Channel:
    create_defaults(workspace=channel.workspace)
    return channel


def say_stop_while(shop: Channel, phone: str, change: Callable[[], Any]) -> None:
    """A STOP from `phone` has found its contact and is not stored yet when `change` begins in another transaction."""
    World.of(shop).tell_message(phone, "STOP", "M-1")
    ScriptedProvider(shop).collect(10)
    somebody = make_contact(shop.workspace, phone="+6281255550009")
    with transaction.atomic():
        # The same message in a transaction that is rolled back later: intake waits for it.
        Message.objects.create(
            workspace=shop.workspace, channel=shop, contact=somebody, direction="inbound", provider_id="M-1",
            state="received", purpose="service",
        )  # fmt: skip
        intake = started(lambda: process_raw_events(shop))
        until_waiting(1)
        other = started(change)
        until_waiting(2, or_over=other)
        transaction.set_rollback(True)
    finish(intake)
    finish(other)


def people_of(shop: Channel) -> tuple[Contact, Contact]:
    ayu, budi = (make_contact(shop.workspace, name, phone=phone) for name, phone in (("Ayu", AYU), ("Budi", BUDI)))
    give_consent(shop.workspace, [ayu.pk, budi.pk])
    return ayu, budi


def test_a_stop_during_a_merge_reaches_the_contact_that_stays(shop: Channel) -> None:
    ayu, budi = people_of(shop)

    def merge() -> None:
        merge_contacts(workspace=shop.workspace, keep_id=budi.pk, absorb_id=ayu.pk, reason=Merge.Reason.MEMBER)

    say_stop_while(shop, AYU, merge)
    assert consent_of(shop.workspace, budi.pk).stopped
    assert Message.objects.get(direction="inbound").contact == budi


def test_a_stop_during_the_undoing_of_a_merge_reaches_its_writer(shop: Channel) -> None:
    ayu, budi = people_of(shop)
    merge = merge_contacts(workspace=shop.workspace, keep_id=budi.pk, absorb_id=ayu.pk, reason=Merge.Reason.MEMBER)
    say_stop_while(shop, AYU, lambda: undo_merge(workspace=shop.workspace, merge_id=merge.pk))
    assert consent_of(shop.workspace, ayu.pk).stopped


def test_a_message_during_an_erasure_is_erased_with_its_writer(shop: Channel) -> None:
    ayu, _budi = people_of(shop)
    say_stop_while(shop, AYU, lambda: erase_contacts(workspace=shop.workspace, ids=[ayu.pk]))
    assert not Message.objects.filter(direction="inbound").exclude(text="").exists()
