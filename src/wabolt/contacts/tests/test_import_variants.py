"""A number in its other national form is the same person at an import, in one file and against stored contacts."""

from collections.abc import Callable

import pytest
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts import services
from wabolt.contacts.models import Contact, Identity
from wabolt.contacts.services import NewPerson, add_people
from wabolt.contacts.tests.factories import make_contact
from wabolt.imports.models import Import, ImportRejection
from wabolt.imports.services import runner

pytestmark = pytest.mark.django_db
PAIRS = [
    ("+525512345678", "+5215512345678"),  # Mexico
    ("+541123456789", "+5491123456789"),  # Argentina
    ("+551181234567", "+5511981234567"),  # Brazil
]
BOTH_WAYS = PAIRS + [(b, a) for a, b in PAIRS]
Upload = Callable[..., Import]


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def stored(workspace: Workspace, number: str) -> Contact:
    """A contact with this number as WhatsApp reported it."""
    contact = make_contact(workspace, "A", phone=None)
    Identity.objects.create(workspace=workspace, contact=contact, kind="phone", value=number)
    return contact


@each(("there", "typed"), BOTH_WAYS, undone=True)
def test_a_row_belongs_to_the_contact_of_its_line(upload: Upload, workspace: Workspace, there: str, typed: str) -> None:
    contact = stored(workspace, there)
    for _time in range(2):
        imported = upload(workspace, f"Nama;No HP;Kota\nAyu;{typed};Bandung\n", run=True)
        assert (imported.created, imported.rejected) == (0, 0)
    contact.refresh_from_db()
    assert (Contact.objects.count(), contact.name, contact.city) == (1, "Ayu", "Bandung")


@each(("first", "second", "chunk"), [(*pair, chunk) for pair in BOTH_WAYS for chunk in (1, 100)], undone=True)
def test_two_forms_in_one_file_are_one_person(
    upload: Upload, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, first: str, second: str, chunk: int
) -> None:
    monkeypatch.setattr(runner, "CHUNK", chunk)
    imported = upload(workspace, f"Nama;No HP;Kota\nAyu;{first};\nBudi;081234567890;\nAyu;{second};Bandung\n", run=True)
    assert (imported.created, imported.rejected) == (2, 0)
    assert Contact.objects.get(name="Ayu").city == "Bandung"


@each(("there", "typed"), BOTH_WAYS, undone=True)
def test_an_erased_person_does_not_come_back_in_the_other_form(
    upload: Upload, workspace: Workspace, there: str, typed: str
) -> None:
    services.erase_contacts(workspace=workspace, ids=[stored(workspace, there).pk])
    imported = upload(workspace, f"Nama;No HP\nAyu;{typed}\n", run=True)
    assert (imported.created, imported.rejected) == (0, 1)
    assert ImportRejection.objects.get().code == "erased"
    added = add_people(workspace=workspace, people=[NewPerson((("phone", typed),), "Ayu")], source="order")
    assert (added.created, added.refused) == ([], 1)


@each(("there", "typed"), BOTH_WAYS, undone=True)
def test_people_of_orders_and_chats_are_found_by_their_line(workspace: Workspace, there: str, typed: str) -> None:
    contact = stored(workspace, there)
    added = add_people(workspace=workspace, people=[NewPerson((("phone", typed),), "Ayu")], source="order")
    assert (added.created, added.known) == ([], [contact.pk])
