"""Two contacts that are one person, and the way back."""

import pytest

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts import queries, services
from wabolt.contacts.models import Contact, Field, Identity, Merge
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def hidden(workspace: Workspace, **fields: object) -> Contact:
    contact, _ = services.resolve_contact(workspace=workspace, identities=[("lid", "1002003")], name="Rani W")
    Contact.objects.filter(pk=contact.pk).update(last_inbound_at=clock.now(), **fields)
    services.add_tags(workspace=workspace, contact_ids=[contact.pk], tag_names=["reseller"])
    return contact


def both(workspace: Workspace) -> tuple[Contact, Contact, Merge]:
    keep, absorbed = make_contact(workspace, "", phone="+6281234567890"), hidden(workspace, city="Bandung")
    merge = services.merge_contacts(workspace=workspace, keep_id=keep.pk, absorb_id=absorbed.pk, reason="same_whatsapp")
    keep.refresh_from_db()
    return keep, absorbed, merge


def test_the_kept_contact_has_what_both_had(workspace: Workspace) -> None:
    keep, absorbed, _ = both(workspace)
    assert (keep.name, keep.city) == ("Rani W", "Bandung")
    assert keep.last_inbound_at is not None
    assert set(keep.identities.values_list("kind", flat=True)) == {"phone", "lid"}
    assert queries.tags_of([keep.pk]) == {keep.pk: ["reseller"]}
    assert list(queries.contacts(workspace)) == [keep]
    assert queries.find_by_identity(workspace, "lid", "1002003") == keep
    kinds = [event.kind for event in queries.timeline(workspace, keep).events]
    assert kinds.count("contact_created") == 2, "what happened to either is on one timeline"
    assert not Identity.objects.filter(contact=absorbed).exists()


def test_undo_parts_them_as_they_were_and_keeps_what_came_after(workspace: Workspace) -> None:
    keep, absorbed, merge = both(workspace)
    services.update_contact(workspace=workspace, contact_id=keep.pk, city="Jakarta")
    services.undo_merge(workspace=workspace, merge_id=merge.pk)
    keep.refresh_from_db()
    absorbed.refresh_from_db()
    assert (keep.name, keep.city, keep.last_inbound_at) == ("", "Jakarta", None)
    assert (absorbed.name, absorbed.city, absorbed.erased_at) == ("Rani W", "Bandung", None)
    assert list(keep.identities.values_list("kind", flat=True)) == ["phone"]
    assert queries.find_by_identity(workspace, "lid", "1002003") == absorbed
    assert queries.tags_of([keep.pk, absorbed.pk]) == {absorbed.pk: ["reseller"]}
    with pytest.raises(DomainError):
        services.undo_merge(workspace=workspace, merge_id=merge.pk)


def test_undo_gives_back_each_column_of_the_shop_that_was_taken(workspace: Workspace) -> None:
    for label in ("Ukuran", "Hobi", "Sepatu", "Warna"):
        services.create_field(workspace=workspace, label=label, kind="text")
    keep = make_contact(workspace, "Rani", fields={"ukuran": "M"})
    absorbed = hidden(workspace, fields={"ukuran": "L", "hobi": "batik", "sepatu": "38", "warna": "biru"})
    merge = services.merge_contacts(workspace=workspace, keep_id=keep.pk, absorb_id=absorbed.pk, reason="member")
    keep.refresh_from_db()
    assert keep.fields == {"ukuran": "M", "hobi": "batik", "sepatu": "38", "warna": "biru"}
    services.update_contact(workspace=workspace, contact_id=keep.pk, fields={"sepatu": "39"})
    services.delete_field(workspace=workspace, field_id=Field.objects.get(key="warna").pk)
    services.undo_merge(workspace=workspace, merge_id=merge.pk)
    keep.refresh_from_db()
    absorbed.refresh_from_db()
    assert keep.fields == {"ukuran": "M", "sepatu": "39"}
    assert absorbed.fields == {"ukuran": "L", "hobi": "batik", "sepatu": "38"}


def test_a_person_is_found_through_several_merges(workspace: Workspace) -> None:
    whole, middle, part, alone, other = (make_contact(workspace).pk for _person in range(5))
    for keep, absorb in ((middle, part), (whole, middle)):
        services.merge_contacts(workspace=workspace, keep_id=keep, absorb_id=absorb, reason="member")
    undone = services.merge_contacts(workspace=workspace, keep_id=alone, absorb_id=other, reason="member")
    services.undo_merge(workspace=workspace, merge_id=undone.pk)
    people = [whole, middle, part, alone, other]
    assert queries.absorbed_of(workspace, people) == {whole: {middle, part}, middle: {part}}
    assert queries.kept_of(workspace, people) == {middle: whole, part: whole}
    assert (queries.absorbed_of(make_workspace(), people), queries.kept_of(workspace, [])) == ({}, {})


def test_erasing_leaves_nothing_to_bring_back(workspace: Workspace) -> None:
    keep, _, merge = both(workspace)
    services.erase_contacts(workspace=workspace, ids=[keep.pk])
    merge.refresh_from_db()
    assert merge.before == {}
    with pytest.raises(DomainError):
        services.undo_merge(workspace=workspace, merge_id=merge.pk)


def test_contacts_of_another_workspace_cannot_be_joined(workspace: Workspace) -> None:
    own, foreign = make_contact(workspace), make_contact(make_workspace("Lain"))
    with pytest.raises(Contact.DoesNotExist):
        services.merge_contacts(workspace=workspace, keep_id=own.pk, absorb_id=foreign.pk, reason="member")
    with pytest.raises(DomainError):
        services.merge_contacts(workspace=workspace, keep_id=own.pk, absorb_id=own.pk, reason="member")


def test_a_merge_keeps_the_main_number_and_can_still_be_undone_twice() -> None:
    """The absorbed contacts have newer numbers, and a number that came by a merge can be the main one later."""
    workspace = make_workspace()
    first = make_contact(workspace, "A", phone="+6289900000001")
    second = make_contact(workspace, "B", phone="+6289900000002")
    third = make_contact(workspace, "C", phone="+6289900000003")
    one = services.merge_contacts(workspace=workspace, keep_id=first.pk, absorb_id=second.pk, reason="member")
    assert queries.phone_of(first) == "+6289900000001"
    two = services.merge_contacts(workspace=workspace, keep_id=third.pk, absorb_id=first.pk, reason="member")
    assert queries.phone_of(third) == "+6289900000003"
    services.undo_merge(workspace=workspace, merge_id=two.pk)
    phones = queries.phones_of(workspace, [first.pk, third.pk])
    assert phones == {first.pk: "+6289900000001", third.pk: "+6289900000003"}
    services.undo_merge(workspace=workspace, merge_id=one.pk)
    assert queries.phones_of(workspace, [first.pk, second.pk]) == {
        first.pk: "+6289900000001",
        second.pk: "+6289900000002",
    }


def test_a_changed_number_becomes_the_main_one() -> None:
    workspace = make_workspace()
    old = make_contact(workspace, "A", phone="+6289900000001")
    new = make_contact(workspace, "A", phone="+6289900000002")
    services.merge_contacts(workspace=workspace, keep_id=old.pk, absorb_id=new.pk, reason="number_changed")
    assert queries.phone_of(old) == "+6289900000002"


def test_a_main_number_that_came_by_a_merge_goes_back_with_its_undo() -> None:
    workspace = make_workspace()
    keep = make_contact(workspace, "A", phone=None, identities=[("code", "1")])
    giver = make_contact(workspace, "B", phone="+6289900000002")
    other = make_contact(workspace, "C", phone="+6289900000003")
    one = services.merge_contacts(workspace=workspace, keep_id=keep.pk, absorb_id=giver.pk, reason="member")
    services.merge_contacts(workspace=workspace, keep_id=keep.pk, absorb_id=other.pk, reason="member")
    assert queries.phone_of(keep) == "+6289900000002"
    services.undo_merge(workspace=workspace, merge_id=one.pk)
    assert queries.phone_of(giver) == "+6289900000002"
    assert queries.phone_of(keep) == "+6289900000003"
