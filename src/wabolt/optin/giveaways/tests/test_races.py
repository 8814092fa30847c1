"""Many people at once, and merges in any order: a person gets one reward and counts once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.models import Voucher
from wabolt.contacts.models import Contact
from wabolt.contacts.services import merge_contacts, undo_merge
from wabolt.contacts.tests.factories import make_contact
from wabolt.messaging.models import Message
from wabolt.messaging.registry import Arrival
from wabolt.optin.giveaways.queries import entrants
from wabolt.optin.giveaways.services import answer_words
from wabolt.optin.giveaways.tests.factories import make_giveaway
from wabolt.optin.models import Entrant, Giveaway

MESSAGES, STOCK = 14, 3


def arrive(channel: Channel, contact: Contact, text: str = "BATIK") -> Arrival:
    """A stored message of a contact, on its way through the responders."""
    message = Message.objects.create(
        workspace=channel.workspace, channel=channel, contact=contact, direction="inbound", state="received", text=text
    )
    return Arrival(channel, contact, message, None)


@pytest.mark.django_db(transaction=True)
def test_more_people_than_rewards() -> None:
    channel = make_channel()
    giveaway = make_giveaway(channel, stock=STOCK, asks_permission=False)
    # Each person writes twice at the same time.
    people = [make_contact(channel.workspace) for _number in range(MESSAGES // 2)]
    arrivals = [arrive(channel, contact) for contact in people * 2]
    start = threading.Barrier(MESSAGES)

    def write(arrival: Arrival) -> None:
        try:
            start.wait(30)
            answer_words([arrival])
        finally:
            connection.close()

    with ThreadPoolExecutor(MESSAGES) as pool:
        list(pool.map(write, arrivals))
    assert Giveaway.objects.get().last_number == STOCK
    assert sorted(entrants(giveaway).values_list("number", flat=True)) == list(range(1, STOCK + 1))
    assert Voucher.objects.count() == STOCK
    assert Message.objects.filter(origin_kind="giveaway", origin_id=giveaway.pk, idempotency_key=None).count() == STOCK


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 4)),
        st.tuples(st.just("merge"), st.integers(0, 4), st.integers(0, 4)),
        st.tuples(st.just("undo"), st.integers(0, 4)),
    ),
    min_size=10,
    max_size=20,
)


@pytest.mark.django_db
def test_one_entry_per_person_under_merges() -> None:
    """A model of the merges says who is one person now; each person who has written, in any part, counts once."""
    channel = make_channel()
    people = [make_contact(channel.workspace) for _number in range(5)]

    @settings(max_examples=10, deadline=None)
    @given(steps=STEPS)
    def run(steps: list[tuple[object, ...]]) -> None:
        with transaction.atomic():
            _write_and_merge(channel, people, steps)
            transaction.set_rollback(True)

    run()


def _write_and_merge(channel: Channel, people: list[Contact], steps: list[tuple[object, ...]]) -> None:
    giveaway = make_giveaway(channel, kind="draw", asks_permission=False)
    merges: list[tuple[int, int, int]] = []
    entered: dict[int, int] = {}  # the contact that holds each entry, by the contact that made it
    for step in steps:
        chosen = [people[int(str(number))] for number in step[1:]]
        for contact in chosen:
            contact.refresh_from_db(fields=["erased_at"])
        hidden = any(contact.erased_at for contact in chosen)
        if step[0] == "write" and not hidden:
            answer_words([arrive(channel, chosen[0])])
            if chosen[0].pk not in entered.values():
                entered[chosen[0].pk] = chosen[0].pk
        elif step[0] == "merge" and not hidden and chosen[0] != chosen[1]:
            keep, absorb = (contact.pk for contact in chosen)
            merged = merge_contacts(workspace=channel.workspace, keep_id=keep, absorb_id=absorb, reason="member")
            merges.append((merged.pk, keep, absorb))
            if keep not in entered.values():
                entered = {maker: keep if holder == absorb else holder for maker, holder in entered.items()}
        elif step[0] == "undo" and merges:
            merge_id, keep, absorb = merges.pop()
            undo_merge(workspace=channel.workspace, merge_id=merge_id)
            moved = Entrant.objects.filter(contact=absorb).exists() and absorb not in entered.values()
            if moved:
                entered = {maker: absorb if holder == keep else holder for maker, holder in entered.items()}
        visible = set(Contact.objects.filter(erased_at=None).values_list("pk", flat=True))
        counted = sorted(entrants(giveaway).values_list("contact", flat=True))
        assert counted == sorted(holder for holder in entered.values() if holder in visible)
