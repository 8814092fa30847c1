"""Taking many people in at once."""

from datetime import UTC, datetime

import pytest

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts.models import Contact, Event, Identity
from wabolt.contacts.services import NewPerson, add_people, erase_contacts
from wabolt.contacts.tests.factories import make_contact

pytestmark = pytest.mark.django_db
LATELY = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
RANI = NewPerson((("phone", "+6281234567801"), ("lid", "111")), "Rani", LATELY)
BUDI = NewPerson((("lid", "222"),), "Budi")


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def kinds(contact: Contact) -> list[str]:
    return list(Event.objects.filter(contact=contact).order_by("id").values_list("kind", flat=True))


def test_strangers_become_contacts_once(workspace: Workspace) -> None:
    done = add_people(workspace=workspace, people=[RANI, BUDI, RANI], source="Chat lama", data={"channel": 1})
    assert (len(done.created), done.known, done.refused) == (2, [], 0)
    rani = Contact.objects.get(name="Rani")
    assert (rani.source, rani.last_inbound_at, rani.reachable) == ("Chat lama", LATELY, True)
    assert "+6281234567801" in rani.search
    assert kinds(rani) == ["contact_created", "chat_found"]
    assert Contact.objects.get(name="Budi").last_inbound_at is None
    nameless = add_people(workspace=workspace, people=[NewPerson((("lid", "333"),))], source="Chat lama").created
    add_people(workspace=workspace, people=[NewPerson((("lid", "333"),), "Sari")], source="Chat lama")
    sari = Contact.objects.get(pk__in=nameless)
    assert (sari.name, kinds(sari)) == ("Sari", ["contact_created", "contact_updated"])
    again = add_people(workspace=workspace, people=[RANI, BUDI], source="Chat lama")
    assert (again.created, len(again.known)) == ([], 2)
    assert Contact.objects.count() == 3
    assert kinds(rani) == ["contact_created", "chat_found"]


def test_who_is_known_learns_what_is_missing_and_keeps_its_own(workspace: Workspace) -> None:
    known = make_contact(workspace, "Rani Wijaya", phone="+6281234567801", source="Kasir")
    done = add_people(workspace=workspace, people=[RANI], source="Chat lama")
    assert (done.created, done.known) == ([], [known.pk])
    known.refresh_from_db()
    assert (known.name, known.source, known.last_inbound_at) == ("Rani Wijaya", "Kasir", LATELY)
    assert Identity.objects.get(kind="lid").contact_id == known.pk
    assert kinds(known)[-2:] == ["contact_updated", "chat_found"]


def test_who_was_erased_or_is_barred_stays_out(workspace: Workspace) -> None:
    gone = make_contact(workspace, "Rani", phone="+6281234567801")
    erase_contacts(workspace=workspace, ids=[gone.pk])
    done = add_people(workspace=workspace, people=[RANI, BUDI], source="x", barred=[("lid", "222")])
    assert (done.created, done.refused) == ([], 2)


def test_another_shop_is_not_asked_and_the_statements_do_not_grow(
    workspace: Workspace, django_assert_max_num_queries
) -> None:
    make_contact(make_workspace(), "Rani", phone="+6281234567801")
    crowd = [NewPerson((("phone", f"+62812000{n:05}"),), f"Ayu {n}", LATELY) for n in range(300)]
    with django_assert_max_num_queries(11):
        done = add_people(workspace=workspace, people=[RANI, *crowd], source="Chat lama")
    assert len(done.created) == 301
