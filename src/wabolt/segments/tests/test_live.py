"""Live segments: stored members, recorded events, and when the stored members are read."""

import datetime as dt
from dataclasses import replace

import pytest
from django.urls import reverse

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.contacts import services as contacts
from wabolt.contacts.models import Consumer, Contact, Tag
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.restore import rows_restored
from wabolt.lib.segmentation import Sql, registry
from wabolt.segments import queries
from wabolt.segments.models import LiveMember, LiveSegment, Segment
from wabolt.segments.registry import UseOfSegment, register_live_use
from wabolt.segments.services import delete_segment, end_live, keep_live, passes, tend_live, update_segment
from wabolt.segments.services.membership import MINIMUM_STAY
from wabolt.segments.tests.live import Follower, assert_right, make_live, make_segment, members, told

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 2, 27, 3, 0, tzinfo=dt.UTC)
STAY = MINIMUM_STAY.total_seconds()


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace(timezone="Asia/Jakarta")


def move_to(workspace: Workspace, contact: Contact, city: str) -> None:
    contacts.update_contact(workspace=workspace, contact_id=contact.pk, city=city)


def test_first_members_have_no_entry_event(workspace: Workspace) -> None:
    ayu = make_contact(workspace, city="Bandung")
    make_contact(workspace, city="Jakarta")
    segment = make_live(workspace, 'city = "Bandung"')
    assert members(segment) == {ayu.pk}
    assert told(segment) == []


def test_change_enters_at_once_and_leaves_after_the_minimum_stay(workspace: Workspace) -> None:
    ayu = make_contact(workspace, city="Jakarta")
    with clock.hold(NOW) as held:
        segment = make_live(workspace, 'city = "Bandung"')
        follower = Follower()
        move_to(workspace, ayu, "Bandung")
        follower.catch_up()
        assert (members(segment), told(segment)) == ({ayu.pk}, [("segment_entered", ayu.pk)])
        move_to(workspace, ayu, "Jakarta")
        follower.catch_up()
        tend_live()
        assert (members(segment), len(told(segment))) == (set(), 1)
        held.move(seconds=STAY)
        tend_live()
        assert told(segment)[1:] == [("segment_left", ayu.pk)]
        state = queries.live_state(workspace, segment)
        assert state is not None
        assert (state.members, state.entered, state.left) == (0, 1, 1)


def test_clock_that_was_set_back_delays_no_departure_and_no_pass(workspace: Workspace) -> None:
    ayu = make_contact(workspace, city="Bandung")
    with clock.hold(NOW) as held:
        segment = make_live(workspace, 'city = "Bandung"')
        follower = Follower()
        move_to(workspace, ayu, "Jakarta")
        follower.catch_up()
        with clock.skewed(dt.timedelta(hours=-1)):
            held.move(seconds=STAY)
            tend_live()
            assert told(segment) == [("segment_left", ayu.pk)]
            assert LiveSegment.objects.get().check_at <= clock.now() + passes.CHECK_EVERY


def test_a_return_within_the_minimum_stay_is_no_event(workspace: Workspace) -> None:
    ayu = make_contact(workspace, city="Bandung")
    with clock.hold(NOW) as held:
        segment = make_live(workspace, 'city = "Bandung"')
        since = LiveMember.objects.get().since
        follower = Follower()
        for city in ("Jakarta", "Bandung") * 3:
            held.move(seconds=STAY / 2)
            move_to(workspace, ayu, city)
            follower.catch_up()
            tend_live()
        held.move(seconds=STAY * 2)
        tend_live()
        assert (members(segment), told(segment)) == ({ayu.pk}, [])
        assert LiveMember.objects.get().since == since


def test_segment_events_change_no_segment(workspace: Workspace) -> None:
    from wabolt.lib.segmentation import changing_kinds

    assert changing_kinds().isdisjoint({"segment_entered", "segment_left"})


def test_new_day_of_the_shop_is_evaluated_at_once(workspace: Workspace) -> None:
    ayu = make_contact(workspace, birth_date=dt.date(1990, 3, 1))
    with clock.hold(NOW) as held:  # 10 o'clock on 27 February in Jakarta
        segment = make_live(workspace, "birthday within 1 days")
        assert members(segment) == set()
        held.move(hours=13, minutes=59)
        tend_live()
        assert members(segment) == set()
        assert queries.count_contacts(workspace, queries.segment_tree(segment)) == 0
        held.move(minutes=1)
        assert queries.count_contacts(workspace, queries.segment_tree(segment)) == 1  # no member yet, so evaluated
        tend_live()
        assert (members(segment), told(segment)) == ({ayu.pk}, [("segment_entered", ayu.pk)])
        held.move(days=2)
        tend_live()
        held.move(seconds=STAY)
        tend_live()
        assert (members(segment), told(segment)[1:]) == (set(), [("segment_left", ayu.pk)])


def test_edit_evaluates_all_contacts_without_events(workspace: Workspace) -> None:
    ayu, budi = make_contact(workspace, city="Bandung"), make_contact(workspace, city="Jakarta")
    segment = make_live(workspace, 'city = "Bandung"')
    follower = Follower()
    tree = queries.tree_from_text(workspace, 'city = "Jakarta"')
    update_segment(segment=segment, name="Lain", tree=tree)
    late = make_contact(workspace, city="Jakarta")  # before the pass
    follower.catch_up()
    assert members(segment) == {ayu.pk}
    state = queries.live_state(workspace, segment)
    assert state is not None
    assert (state.at, state.percent) == (None, 0)
    assert queries.count_contacts(workspace, tree) == 2
    tend_live()
    assert (members(segment), told(segment)) == ({budi.pk, late.pk}, [])
    new = make_contact(workspace, city="Jakarta")
    follower.catch_up()
    assert told(segment) == [("segment_entered", new.pk)]


def test_renamed_label_changes_the_members(workspace: Workspace) -> None:
    ayu = make_contact(workspace, tags=["VIP"])
    with clock.hold(NOW) as held:
        segment = make_live(workspace, 'tag "VIP"')
        contacts.rename_tag(workspace=workspace, tag_id=Tag.objects.get().pk, name="Emas")
        assert queries.count_contacts(workspace, queries.segment_tree(segment)) == 0
        assert members(segment) == {ayu.pk}
        held.move(minutes=10)
        tend_live()
        assert members(segment) == set()


def test_broken_segment_recovers_when_its_field_returns(workspace: Workspace) -> None:
    field = contacts.create_field(workspace=workspace, label="Ukuran", kind="text")
    make_contact(workspace, fields={field.key: "XL"})
    with clock.hold(NOW) as held:
        segment = make_live(workspace, f'field.{field.key} = "XL"')
        follower = Follower()
        contacts.archive_field(workspace=workspace, field_id=field.pk)
        ayu = make_contact(workspace)
        follower.catch_up()
        state = queries.live_state(workspace, segment)
        assert state is not None
        assert state.is_broken
        with pytest.raises(queries.BrokenSegment):
            queries.count_contacts(workspace, queries.segment_tree(segment))
        contacts.archive_field(workspace=workspace, field_id=field.pk, archived=False)
        contacts.set_field(workspace=workspace, contact_ids=[ayu.pk], key=field.key, value="XL")
        held.move(minutes=10)
        tend_live()
        state = queries.live_state(workspace, segment)
        assert state is not None
        assert not state.is_broken
        assert len(members(segment)) == 2
        assert_right(workspace)


def test_merge_and_undo_record_no_entry(workspace: Workspace) -> None:
    ayu, twin = make_contact(workspace, tags=["VIP"]), make_contact(workspace, city="Bandung")
    segments = [make_live(workspace, 'tag "VIP"'), make_live(workspace, 'city = "Bandung"')]
    follower = Follower()
    with clock.hold(clock.now()) as held:
        merge = contacts.merge_contacts(workspace=workspace, keep_id=ayu.pk, absorb_id=twin.pk, reason="member")
        assert [members(segment) for segment in segments] == [{ayu.pk}, {ayu.pk}]
        follower.catch_up()
        assert_right(workspace)
        contacts.undo_merge(workspace=workspace, merge_id=merge.pk)
        follower.catch_up()
        assert_right(workspace)
        assert [members(segment) for segment in segments] == [{ayu.pk}, {twin.pk}]
        held.move(seconds=STAY)
        tend_live()
        assert [told(segment) for segment in segments] == [[], []]


def test_erased_person_is_removed_without_an_event(workspace: Workspace) -> None:
    ayu = make_contact(workspace, city="Bandung")
    segment = make_live(workspace, 'city = "Bandung"')
    follower = Follower()
    with clock.hold(clock.now()) as held:
        contacts.erase_contacts(workspace=workspace, ids=[ayu.pk])
        assert members(segment) == set()
        follower.catch_up()
        held.move(seconds=STAY)
        tend_live()
        assert told(segment) == []


def test_segment_is_live_while_there_is_a_reason(workspace: Workspace) -> None:
    register_live_use("thing", lambda _workspace, ids: {pk: UseOfSegment(f"Thing {pk}") for pk in ids})
    make_contact(workspace, city="Bandung")
    segment = make_live(workspace, 'city = "Bandung"')
    keep_live(segment=segment, reason="thing:7")
    end_live(segment=segment)
    state = queries.live_state(workspace, segment)
    assert state is not None
    assert ([use.text for use in state.uses], state.by_member, state.members) == (["Thing 7"], False, 1)
    with pytest.raises(DomainError, match="Thing 7"):
        delete_segment(segment=segment)
    end_live(segment=segment, reason="thing:7")
    assert queries.live_state(workspace, segment) is None
    assert not LiveMember.objects.exists()
    delete_segment(segment=segment)


def test_deleted_segment_has_no_members(workspace: Workspace) -> None:
    make_contact(workspace, city="Bandung")
    delete_segment(segment=make_live(workspace, 'city = "Bandung"'))
    assert not LiveMember.objects.exists()
    assert not LiveSegment.objects.exists()


def test_segment_of_another_shop_is_unchanged(workspace: Workspace) -> None:
    segment, other = make_live(workspace, "everyone"), make_workspace("Sebelah")
    follower = Follower()
    make_contact(other)
    follower.catch_up()
    assert members(segment) == set()


def test_the_page_has_the_switch_and_the_numbers(workspace: Workspace) -> None:
    client = signed_in(workspace, "manager")
    ayu, _other = make_contact(workspace, city="Jakarta"), make_contact(workspace, city="Bandung")
    segment = make_segment(workspace, 'city = "Bandung"')
    page, follow = reverse("segments:detail", args=[segment.pk]), reverse("segments:follow", args=[segment.pk])
    assert "Nyalakan" in client.get(page).content.decode()
    client.post(follow, {"on": "1"})
    assert "Memeriksa semua kontak" in client.get(page).content.decode()
    assert 'hx-trigger="every 2s' in client.get(reverse("segments:live", args=[segment.pk])).content.decode()
    follower = Follower()
    tend_live()
    move_to(workspace, ayu, "Bandung")
    follower.catch_up()
    shown = client.get(reverse("segments:live", args=[segment.pk])).content.decode()
    assert "Dalam 7 hari terakhir 1 masuk dan 0 keluar." in shown
    assert "every 2s" not in shown
    assert "Selalu diperbarui" in client.get(reverse("segments:list")).content.decode()
    client.post(follow, {})
    assert "Selalu diperbarui" not in client.get(reverse("segments:list")).content.decode()
    actions = AuditEntry.objects.filter(target_id=segment.pk).values_list("action", flat=True)
    assert set(actions) == {"segment.create", "segment.keep_live", "segment.end_live"}


def test_page_refuses_to_delete_a_segment_in_use(workspace: Workspace) -> None:
    register_live_use("thing", lambda _workspace, ids: {pk: UseOfSegment(f"Thing {pk}", "/there/") for pk in ids})
    segment = make_live(workspace, "everyone")
    keep_live(segment=segment, reason="thing:7")
    client = signed_in(workspace, "manager")
    shown = client.post(reverse("segments:delete", args=[segment.pk]), follow=True).content.decode()
    assert "Segmen ini masih dipakai oleh: Thing 7." in shown
    assert '<a href="/there/">Thing 7</a>' in shown
    assert Segment.objects.exists()


def test_the_timeline_names_the_segment(workspace: Workspace) -> None:
    ayu = make_contact(workspace, city="Jakarta")
    segment = make_live(workspace, 'city = "Bandung"', name="Orang Bandung")
    follower = Follower()
    move_to(workspace, ayu, "Bandung")
    follower.catch_up()
    page = signed_in(workspace, "viewer").get(reverse("contacts:detail", args=[ayu.pk])).content.decode()
    assert "Masuk segmen" in page
    assert "Orang Bandung" in page
    assert segment.live.segment_id == segment.pk


def test_stored_members_are_read_only_while_they_are_current(workspace: Workspace) -> None:
    """An extra row shows whether the stored members were read."""
    make_contact(workspace, city="Bandung")
    wrong = make_contact(workspace, city="Jakarta")
    segment = make_live(workspace, 'city = "Bandung"')
    tree = queries.segment_tree(segment)
    LiveMember.objects.create(segment=segment, contact=wrong, since=NOW)
    assert queries.count_contacts(workspace, tree) == 2
    assert wrong in queries.sample_contacts(workspace, tree)
    assert next(queries.member_batches(workspace, tree))[0] == wrong.pk
    assert not queries.holds_for(workspace, tree, wrong.pk)
    other = queries.tree_from_text(workspace, 'city = "bandung" or city = "Bandung"')
    assert queries.count_contacts(workspace, other) == 1  # not the same conditions
    Consumer.objects.filter(name=queries.CONSUMER).update(moved_at=clock.now() - dt.timedelta(minutes=1), position=0)
    assert queries.is_late()
    assert queries.count_contacts(workspace, tree) == 1


def test_failing_segment_does_not_delay_the_others(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    ayu = make_contact(workspace, city="Jakarta")
    segments = [make_live(workspace, text) for text in ("age >= 18", 'tag "VIP"', 'city = "Bandung" or city = "Medan"')]
    follower = Follower()
    failing = replace(registry._fields["age"], leaf=lambda *_: Sql("1 / (c.id - c.id) = 1"))
    monkeypatch.setitem(registry._fields, "age", failing)
    move_to(workspace, ayu, "Bandung")
    contacts.add_tags(workspace=workspace, contact_ids=[ayu.pk], tag_names=["VIP"])
    follower.catch_up()
    tend_live()
    assert [members(segment) for segment in segments] == [set(), {ayu.pk}, {ayu.pk}]
    states = [queries.live_state(workspace, segment) for segment in segments]
    assert [state.is_broken for state in states if state] == [True, False, False]


def test_change_of_the_time_zone_changes_the_meaning(workspace: Workspace) -> None:
    with clock.hold(NOW) as held:  # 10 o'clock on 27 February in Jakarta, 16 o'clock in Auckland
        make_contact(workspace)
        held.move(hours=13)
        segment = make_live(workspace, "created today")
        assert len(members(segment)) == 1
        workspace.timezone = "Pacific/Auckland"
        workspace.save()
        held.move(minutes=10)
        tend_live()
        assert members(segment) == set()
        assert_right(workspace)


def test_restore_evaluates_all_segments(workspace: Workspace) -> None:
    make_contact(workspace, city="Bandung")
    segment = make_live(workspace, 'city = "Bandung"')
    LiveMember.objects.all().delete()
    rows_restored.send(None)
    assert queries.count_contacts(workspace, queries.segment_tree(segment)) == 1
    tend_live()
    assert_right(workspace)


def test_pass_in_several_steps_evaluates_every_contact(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "STEP", 2)
    people = [make_contact(workspace, city="Bandung") for _ in range(5)]
    make_contact(make_workspace("Sebelah"), city="Bandung")
    segment = make_segment(workspace, 'city = "Bandung"')
    keep_live(segment=segment)
    follower = Follower()
    assert passes._step(segment.pk)
    state = queries.live_state(workspace, segment)
    assert state is not None
    assert 0 < (state.percent or 0) < 100
    move_to(workspace, people[0], "Jakarta")  # the pass has seen this contact
    move_to(workspace, people[4], "Jakarta")  # it will see this one
    new = make_contact(workspace, city="Bandung")
    follower.catch_up()
    tend_live()
    assert members(segment) == {people[1].pk, people[2].pk, people[3].pk, new.pk}
    assert told(segment) == [("segment_entered", new.pk)]
