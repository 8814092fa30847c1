"""A stop that arrives while two people are one contact outlasts the undo of the merge."""

from collections.abc import Callable
from itertools import product

import pytest
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.consent.models import ConsentEvent, Objection, Purpose, Restriction, StopDoubt
from wabolt.consent.queries import consent_of, verify
from wabolt.consent.services import ConsentStatement, hold_for_doubt, object_to_profiling, restrict, withdraw
from wabolt.consent.tests.factories import give_consent, make_people, say_stop
from wabolt.consent.tests.test_receivers import stage_known
from wabolt.contacts.services import merge_contacts, undo_merge
from wabolt.lib import clock

Stop = Callable[[Workspace, int], list[int]]
pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Workspace:
    return make_workspace()


def stop_again(shop: Workspace, contact_id: int) -> list[int]:
    """Applies a STOP as the inbox does: a repetition adds no entry. Returns the contacts with a new entry."""
    statement = ConsentStatement(Purpose.MARKETING, "stop_word")
    return withdraw(workspace=shop, contact_ids=[contact_id], statement=statement, renew=False).recorded


def leave_by_import(shop: Workspace, contact_id: int) -> list[int]:
    before = ConsentEvent.objects.count()
    stage_known(shop, [(1, contact_id, "out")])
    return [contact_id] if ConsentEvent.objects.count() > before else []


@each(("stop", "keeps_stopped"), product([stop_again, leave_by_import], [False, True]), undone=True)
def test_stop_of_the_other_person_is_recorded_and_kept(shop: Workspace, stop: Stop, keeps_stopped: bool) -> None:
    ayu, budi = make_people(shop, 2)
    give_consent(shop, [ayu, budi])
    say_stop(shop, [budi])
    kept, absorbed = (budi, ayu) if keeps_stopped else (ayu, budi)
    merge = merge_contacts(workspace=shop, keep_id=kept, absorb_id=absorbed, reason="member")
    assert stop(shop, kept) == [kept]  # Ayu's
    assert stop(shop, kept) == []
    give_consent(shop, [kept])  # Budi joins again
    undo_merge(workspace=shop, merge_id=merge.pk)
    assert not consent_of(shop, ayu).allowed
    assert verify(shop).whole


def test_repeated_stop_adds_an_entry_only_while_merged(shop: Workspace) -> None:
    ayu, budi = make_people(shop, 2)
    say_stop(shop, [ayu])
    assert stop_again(shop, ayu) == []
    merge = merge_contacts(workspace=shop, keep_id=ayu, absorb_id=budi, reason="member")
    undo_merge(workspace=shop, merge_id=merge.pk)
    assert stop_again(shop, ayu) == []


def doubt(*, workspace: Workspace, contact_id: int) -> bool:
    return hold_for_doubt(workspace=workspace, contact_id=contact_id, evidence={"text": "sudah ya"}, at=clock.now())


@each(("model", "hold"), [(Restriction, restrict), (Objection, object_to_profiling), (StopDoubt, doubt)], undone=True)
def test_what_was_asked_for_while_merged_holds_for_both(
    shop: Workspace, model: type[Restriction | Objection | StopDoubt], hold: Callable[..., bool]
) -> None:
    ayu, budi = make_people(shop, 2)
    give_consent(shop, [ayu, budi])
    merge = merge_contacts(workspace=shop, keep_id=ayu, absorb_id=budi, reason="member")
    hold(workspace=shop, contact_id=ayu)
    undo_merge(workspace=shop, merge_id=merge.pk)
    assert set(model.objects.values_list("contact_id", flat=True)) == {ayu, budi}


HOLDS = [(Restriction, restrict), (Objection, object_to_profiling), (StopDoubt, doubt)]


@each(("model", "hold", "keeps"), [(*hold, keeps) for hold in HOLDS for keeps in (False, True)], undone=True)
def test_what_was_asked_for_before_holds_for_the_person_who_asked(
    shop: Workspace, model: type[Restriction | Objection | StopDoubt], hold: Callable[..., bool], keeps: bool
) -> None:
    ayu, budi = make_people(shop, 2)
    give_consent(shop, [ayu, budi])
    hold(workspace=shop, contact_id=ayu)
    kept, absorbed = (ayu, budi) if keeps else (budi, ayu)
    merge = merge_contacts(workspace=shop, keep_id=kept, absorb_id=absorbed, reason="member")
    assert set(model.objects.values_list("contact_id", flat=True)) == {kept}
    undo_merge(workspace=shop, merge_id=merge.pk)
    assert ayu in set(model.objects.values_list("contact_id", flat=True))


def test_an_objection_outlasts_an_agreement_of_the_other_person(shop: Workspace) -> None:
    ayu, budi = make_people(shop, 2)
    object_to_profiling(workspace=shop, contact_id=ayu)
    merge = merge_contacts(workspace=shop, keep_id=budi, absorb_id=ayu, reason="member")
    give_consent(shop, [budi])
    assert not Objection.objects.exists()
    undo_merge(workspace=shop, merge_id=merge.pk)
    assert Objection.objects.filter(contact=ayu).exists()
