"""Contacts of many new senders are created together, exactly as one by one."""

import threading
from collections.abc import Mapping

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts.models import Contact, Event, Identity
from wabolt.contacts.services import SelfStatement, create_field, create_reported, erase_contacts, note_statements
from wabolt.contacts.services.identities import refresh_search, resolve_reported
from wabolt.contacts.signals import erased_returned

Pair = tuple[str, str]
AYU: tuple[Pair, ...] = (("phone", "+6281200000001"), ("lid", "111"))
BUDI: tuple[Pair, ...] = (("phone", "+6281200000002"),)
HIDDEN: tuple[Pair, ...] = (("lid", "333"),)


@pytest.fixture
def workspace(db: None) -> Workspace:
    return make_workspace()


def create(workspace: Workspace, people: Mapping[tuple[Pair, ...], str]) -> dict[tuple[Pair, ...], Contact]:
    return create_reported(workspace=workspace, people=people, source="whatsapp")


def kept(contact: Contact) -> tuple[object, ...]:
    contact.refresh_from_db()
    identities = tuple(contact.identities.order_by("kind").values_list("kind", "value"))
    events = tuple(Event.objects.filter(contact=contact).values_list("kind", "data"))
    names = (contact.name, contact.whatsapp_name, contact.source, contact.search.split(), contact.reachable)
    return (*names, identities, repr(events))


def test_together_is_the_same_as_one_by_one(workspace: Workspace) -> None:
    people = {AYU: " Ayu\x00  İ. ΣΑΣ ", BUDI: "", HIDDEN: "x" * 300, (("username", "@Ayu.Batik"),): "Ayu"}
    made = create(workspace, people)
    assert list(made) == list(people)
    other = make_workspace("Lain")
    for addresses, name in people.items():
        alone, _is_new = resolve_reported(workspace=other, identities=addresses, name=name, source="whatsapp")
        assert kept(made[addresses]) == kept(alone)
    before = [kept(contact) for contact in made.values()]
    refresh_search(contact_ids=[contact.pk for contact in made.values()])
    assert [kept(contact) for contact in made.values()] == before


def test_known_people_and_shared_addresses_are_left_out(workspace: Workspace) -> None:
    resolve_reported(workspace=workspace, identities=BUDI)
    mexico = (("phone", "+5215512345678"),), (("phone", "+525512345678"),)
    made = create(workspace, {BUDI: "Budi", AYU: "Ayu", AYU[1:]: "Ayu again", mexico[0]: "", mexico[1]: ""})
    assert list(made) == [AYU, mexico[0]]
    assert Contact.objects.count() == 3
    assert create(workspace, {AYU: "Ayu"}) == {}


def test_a_further_address_and_a_first_name_are_events(workspace: Workspace) -> None:
    contact, _is_new = resolve_reported(workspace=workspace, identities=HIDDEN)
    resolve_reported(workspace=workspace, identities=(*HIDDEN, *BUDI), name="Budi")
    resolve_reported(workspace=workspace, identities=(*HIDDEN, *BUDI), name="Budi Santoso")
    told = Event.objects.filter(contact=contact).order_by("id").values_list("kind", "data__columns")
    assert list(told) == [("contact_created", None), ("contact_updated", ["name", "phone"])]


def test_the_return_of_an_erased_person_is_announced(workspace: Workspace) -> None:
    contact, _is_new = resolve_reported(workspace=workspace, identities=BUDI)
    erase_contacts(workspace=workspace, ids=[contact.pk])
    announced: list[tuple[int, list[Pair]]] = []

    def note(contact_id: int, identities: list[Pair], **_: object) -> None:
        announced.append((contact_id, identities))

    erased_returned.connect(note)
    try:
        made = create(workspace, {AYU: "Ayu", BUDI: "Budi"})
    finally:
        erased_returned.disconnect(note)
    assert announced == [(made[BUDI].pk, [*BUDI])]


def test_the_statements_do_not_grow_with_the_people(workspace: Workspace) -> None:
    counts = []
    for number in (2, 40):
        people = {(("phone", f"+62813{number:03}{at:05}"),): f"Pelanggan {at}" for at in range(number)}
        with CaptureQueriesContext(connection) as found:
            create(workspace, people)
        counts.append(len(found))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_two_processes_make_each_contact_once() -> None:
    workspace = make_workspace()
    people = [(("phone", f"+62814000{at:05}"),) for at in range(40)]
    start = threading.Barrier(2)

    def work(own: list[tuple[Pair, ...]]) -> None:
        try:
            start.wait()
            made = create(workspace, dict.fromkeys(own, ""))
            for addresses in own:
                if addresses not in made:
                    resolve_reported(workspace=workspace, identities=addresses)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(own,)) for own in (people[:30], people[10:][::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Contact.objects.count() == Identity.objects.count() == len(people)


def test_what_people_say_about_themselves_is_noted_as_far_as_it_fits(workspace: Workspace) -> None:
    create_field(workspace=workspace, label="Ukuran", kind="choice", choices=["S", "M"])
    made = create(workspace, {AYU: "Ayu (WA)", BUDI: "", HIDDEN: ""})
    ayu, budi, other = (contact.pk for contact in made.values())
    Contact.objects.filter(pk=other).update(source="kasir")
    values = {
        ayu: SelfStatement({"name": "Ayu", "email": "none", "city": "bandung"}, {"ukuran": "XXL"}, "Form"),
        budi: SelfStatement({"name": "Budi"}, {"ukuran": "S", "gone": "1"}, "Form"),
        other: SelfStatement(source="Form"),
        10**9: SelfStatement({"name": "Nobody"}),
    }
    note_statements(workspace=workspace, statements=values)
    rows = Contact.objects.order_by("pk").values_list("name", "email", "city", "fields", "source")
    assert list(rows) == [
        ("Ayu", "", "Bandung", {}, "Form"),
        ("Budi", "", "", {"ukuran": "S"}, "Form"),
        ("", "", "", {}, "kasir"),
    ]
    assert "budi" in Contact.objects.get(pk=budi).search
    changed = Event.objects.filter(kind="contact_updated").values_list("contact", "data__columns")
    assert dict(changed) == {ayu: ["name", "city", "source"], budi: ["name", "source", "fields"]}
    note_statements(workspace=workspace, statements=values)
    assert Event.objects.filter(kind="contact_updated").count() == 2
