"""Contacts whose number changes."""

import pytest

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.consent.models import Suppression
from wabolt.consent.queries import consent_of
from wabolt.consent.services import ConsentStatement, grant, withdraw
from wabolt.contacts import queries, services
from wabolt.contacts.models import Contact, Event, Merge
from wabolt.contacts.tests.factories import make_contact

pytestmark = pytest.mark.django_db
OLD, NEW = ("phone", "+6281200000001"), ("phone", "+6281200000002")


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def agree(contact: Contact) -> None:
    grant(workspace=contact.workspace, contact_ids=[contact.pk], statement=ConsentStatement("marketing", "start_word"))


def stop(contact: Contact) -> None:
    withdraw(
        workspace=contact.workspace, contact_ids=[contact.pk], statement=ConsentStatement("marketing", "stop_word")
    )


def move(workspace: Workspace, old: tuple[str, str] = OLD, new: tuple[str, str] = NEW) -> Contact | None:
    return services.replace_identities(workspace=workspace, old=[old], new=[new], reason="number_changed")


def test_history_and_permission_follow_and_the_old_number_is_free(workspace: Workspace) -> None:
    ayu = make_contact(workspace, phone=OLD[1], tags=["vip"])
    agree(ayu)
    assert move(workspace) == ayu
    assert queries.phone_of(ayu) == NEW[1]
    assert consent_of(workspace, ayu.pk).allowed
    assert NEW[1] in Contact.objects.get(pk=ayu.pk).search
    somebody, is_new = services.resolve_contact(workspace=workspace, identities=[OLD])
    assert is_new
    assert not consent_of(workspace, somebody.pk).allowed
    kinds = [event.kind for event in queries.timeline(workspace, ayu).events]
    assert kinds.count("contact_moved") == 1


def test_repeated_report_has_no_effect(workspace: Workspace) -> None:
    ayu = make_contact(workspace, phone=OLD[1])
    move(workspace)
    assert move(workspace) == ayu
    assert Event.objects.filter(contact=ayu, kind="contact_moved").count() == 1


def test_a_stop_follows_and_stays_with_the_old_number(workspace: Workspace) -> None:
    ayu = make_contact(workspace, phone=OLD[1])
    agree(ayu)
    stop(ayu)
    move(workspace)
    assert set(Suppression.objects.values_list("value", flat=True)) == {OLD[1], NEW[1]}
    assert not consent_of(workspace, ayu.pk).allowed


def test_a_stop_without_a_contact_follows_too(workspace: Workspace) -> None:
    ayu = make_contact(workspace, phone=OLD[1])
    stop(ayu)
    services.erase_contacts(workspace=workspace, ids=[ayu.pk])
    assert move(workspace) is None
    new, _ = services.resolve_contact(workspace=workspace, identities=[NEW])
    assert consent_of(workspace, new.pk).suppressed


def test_known_new_number_merges_two_contacts_and_can_be_undone(workspace: Workspace) -> None:
    ayu, second = make_contact(workspace, "Ayu", phone=OLD[1]), make_contact(workspace, "Ayu baru", phone=NEW[1])
    agree(second)
    stop(ayu)
    assert move(workspace) == ayu
    merge = Merge.objects.get()
    assert (merge.kept_id, merge.absorbed_id, merge.reason) == (ayu.pk, second.pk, "number_changed")
    assert [(i.kind, i.value) for i in ayu.identities.all()] == [NEW]
    assert not consent_of(workspace, ayu.pk).allowed
    services.undo_merge(workspace=workspace, merge_id=merge.pk)
    assert queries.phone_of(Contact.objects.get(pk=second.pk)) == NEW[1]
    assert not consent_of(workspace, second.pk).allowed, "the number is Ayu's, who said stop"


def test_number_and_hidden_id_change_together(workspace: Workspace) -> None:
    ayu = make_contact(workspace, phone=OLD[1], identities=[("bsuid", "ID.1"), ("code", "K-7")])
    services.replace_identities(
        workspace=workspace, old=[OLD, ("bsuid", "ID.1")], new=[NEW, ("bsuid", "ID.2")], reason="number_changed"
    )
    assert {(i.kind, i.value) for i in ayu.identities.all()} == {NEW, ("bsuid", "ID.2"), ("code", "K-7")}


def test_undone_merge_returns_a_moved_number(workspace: Workspace) -> None:
    keep, second = make_contact(workspace, phone="+6281200000009"), make_contact(workspace, phone=OLD[1])
    merge = services.merge_contacts(workspace=workspace, keep_id=keep.pk, absorb_id=second.pk, reason="member")
    move(workspace)
    services.undo_merge(workspace=workspace, merge_id=merge.pk)
    assert queries.phone_of(Contact.objects.get(pk=second.pk)) == NEW[1]


def test_another_workspace_keeps_its_own(workspace: Workspace) -> None:
    theirs = make_contact(make_workspace("Lain"), phone=OLD[1])
    assert move(workspace) is None
    assert queries.phone_of(theirs) == OLD[1]
