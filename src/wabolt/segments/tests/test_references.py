"""Segments that ask about other segments: meaning, circles, live members, new names and deletion."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts import services as contacts
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib.errors import DomainError
from wabolt.segments import registry
from wabolt.segments.models import LiveSegment, Segment
from wabolt.segments.queries import BrokenSegment, contact_ids, count_contacts, segment_tree, tree_from_text
from wabolt.segments.registry import UseOfSegment, register_text_use
from wabolt.segments.rules import All, Any, Condition, Node, Not, TreeError, conditions, names_in, opened, renamed
from wabolt.segments.rules.references import FIELD
from wabolt.segments.services import create_segment, delete_segment, tend_live, update_segment
from wabolt.segments.tests.live import Follower, assert_right, make_live, make_segment, members, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def refused(code: str, *words: str) -> Any:  # type: ignore[valid-type]
    return pytest.raises(
        DomainError, check=lambda error: error.code == code and all(word in str(error) for word in words)
    )


def change(segment: Segment, *, name: str = "", text: str = "") -> Segment:
    segment.refresh_from_db()
    tree = tree_from_text(segment.workspace, text) if text else segment_tree(segment)
    return update_segment(segment=segment, name=name or segment.name, tree=tree)


# Meaning --------------------------------------------------------------------------------------------------------------


def test_reference_means_the_conditions_of_the_other_segment(workspace: Workspace) -> None:
    ayu = make_contact(workspace, "Ayu", city="Bandung", tags=["vip"])
    budi = make_contact(workspace, "Budi", city="Bandung")
    citra = make_contact(workspace, "Citra", city="Jakarta", tags=["vip"])
    make_segment(workspace, 'city = "Bandung"', "Bandung")
    make_segment(workspace, 'tag "vip"', "VIP")
    both = make_segment(workspace, 'in segment "bandung" and in segment "VIP"', "VIP Bandung")
    for text, people in (
        ('in segment "Bandung"', {ayu, budi}), ('not in segment "Bandung"', {citra}), ('di segmen "VIP"', {ayu, citra}),
        ('in segment in ("Bandung", "VIP")', {ayu, budi, citra}), ('in segment "VIP Bandung"', {ayu}),
        ('city = "Jakarta" or in segment "VIP Bandung"', {ayu, citra}),
    ):  # fmt: skip
        assert contact_ids(workspace, tree_from_text(workspace, text)) == {one.pk for one in people}, text
    assert count_contacts(workspace, segment_tree(both)) == 1


def test_a_segment_of_another_shop_is_unknown(workspace: Workspace) -> None:
    make_segment(make_workspace("Toko lain"), 'tag "vip"', "VIP")
    tree = Condition(FIELD, "", "VIP")
    with pytest.raises(BrokenSegment):
        contact_ids(workspace, tree)
    with refused("unknown_segment", "VIP"):
        create_segment(workspace=workspace, name="Baru", tree=tree)


def test_circular_references_are_refused_by_name(workspace: Workspace) -> None:
    first = make_segment(workspace, 'tag "a"', "Satu")
    make_segment(workspace, 'in segment "Satu"', "Dua")
    make_segment(workspace, 'in segment "Dua" or tag "b"', "Tiga")
    with refused("segment_cycle", "Satu → Tiga → Dua → Satu"):
        change(first, text='not in segment "Tiga"')
    with refused("segment_cycle", "Satu → Satu"):
        change(first, text='in segment "Satu"')
    with refused("segment_cycle", "Empat"):
        create_segment(workspace=workspace, name="Empat", tree=Condition(FIELD, "", "Empat"))


def test_stored_circular_reference_is_a_broken_segment(workspace: Workspace) -> None:
    for name, other in (("Satu", "Dua"), ("Dua", "Satu")):
        tree = {"field": FIELD, "op": "", "value": other}
        Segment.objects.create(workspace=workspace, name=name, tree=tree)
    with pytest.raises(BrokenSegment):
        contact_ids(workspace, Condition(FIELD, "", "Satu"))


def test_a_change_that_makes_another_segment_too_large_is_refused(workspace: Workspace) -> None:
    many = Any(tuple(Condition("tag", "", f"t{number}") for number in range(80)))
    first = create_segment(workspace=workspace, name="Satu", tree=many)
    make_segment(workspace, 'in segment "Satu" and not in segment "Satu" or tag "a"', "Dua")
    with refused("too_large"):
        update_segment(segment=first, name="Satu", tree=Any((*many.children, *(
            Condition("tag", "", f"u{number}") for number in range(80)
        ))))  # fmt: skip


# Live members ---------------------------------------------------------------------------------------------------------


def test_live_segment_follows_a_referenced_segment(workspace: Workspace) -> None:
    ayu, budi = make_contact(workspace, "Ayu"), make_contact(workspace, "Budi", city="Bandung")
    make_segment(workspace, 'tag "vip"', "VIP")
    live = make_live(workspace, 'in segment "VIP" or city = "Bandung"', "Undangan")
    assert members(live) == {budi.pk}
    follower = Follower()
    contacts.add_tags(workspace=workspace, contact_ids=[ayu.pk], tag_names=["vip"])
    follower.catch_up()
    assert (members(live), told(live)) == ({ayu.pk, budi.pk}, [("segment_entered", ayu.pk)])
    assert_right(workspace)


def test_edit_of_a_referenced_segment_records_no_entry(workspace: Workspace) -> None:
    """The segment changed, not the contacts, so a welcome message to all of them would be wrong."""
    ayu = make_contact(workspace, "Ayu", city="Bandung")
    vip = make_segment(workspace, 'tag "vip"', "VIP")
    make_segment(workspace, 'in segment "VIP"', "Tengah")
    live = make_live(workspace, 'in segment "Tengah"', "Undangan")
    change(vip, text='city = "Bandung"')
    tend_live()
    Follower().catch_up()
    assert (members(live), told(live)) == ({ayu.pk}, [])
    assert_right(workspace)


# Names ----------------------------------------------------------------------------------------------------------------


def test_references_follow_a_new_name(workspace: Workspace) -> None:
    vip = make_segment(workspace, 'tag "vip"', "VIP")
    live = make_live(workspace, 'in segment in ("vip") or tag "x"', "Undangan")
    before = LiveSegment.objects.get(pk=live.pk).meaning
    change(vip, name="Pelanggan Emas")
    live.refresh_from_db()
    assert names_in(segment_tree(live)) == {"pelanggan emas"}
    tend_live()
    assert LiveSegment.objects.get(pk=live.pk).meaning == before
    with refused("segment_in_use", "Undangan"):
        delete_segment(segment=vip)
    delete_segment(segment=live)
    delete_segment(segment=vip)


def test_segment_in_a_text_of_another_room_keeps_its_name(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_texts", [])
    register_text_use(lambda _workspace, name: [UseOfSegment("Alur “Sambutan”")] if name == "VIP" else [])
    vip = make_segment(workspace, 'tag "vip"', "VIP")
    with refused("name_in_use", "Sambutan"):
        change(vip, name="Emas")
    with refused("segment_in_use", "Sambutan"):
        delete_segment(segment=vip)
    assert change(vip, text='tag "emas"').name == "VIP"


# The rules ------------------------------------------------------------------------------------------------------------

NAMES = ("a", "b", "c", "d")
TAGS = ("x", "y")
leaves = st.sampled_from([Condition("tag", "", tag) for tag in TAGS]) | st.sampled_from(
    [Condition(FIELD, "", name) for name in NAMES]
)
trees = st.recursive(
    leaves,
    lambda inner: st.builds(Not, inner) | st.builds(All, st.tuples(inner, inner)) | st.builds(Any, st.tuples(inner)),
    max_leaves=5,
)
shops = st.fixed_dictionaries(dict.fromkeys(NAMES, trees))


class InCircleError(Exception):
    """The evaluation of a name needs the name itself."""


def holds(node: Node, tags: frozenset[str], known: Mapping[str, Node], within: tuple[str, ...]) -> bool:
    """Plain evaluation that follows the names. `within`: the names that it followed so far."""
    match node:
        case Condition(field, _, value):
            name = str(value)
            if field != FIELD:
                return name in tags
            if name in within:
                raise InCircleError
            return holds(known[name], tags, known, (*within, name))
        case Not(child):
            return not holds(child, tags, known, within)
        case All(children):
            return False not in [holds(child, tags, known, within) for child in children]
        case Any(children):
            return True in [holds(child, tags, known, within) for child in children]


@given(shops, st.frozensets(st.sampled_from(TAGS)))
def test_opened_tree_has_the_same_meaning_and_circles_are_found(
    known: Mapping[str, Node], tags: frozenset[str]
) -> None:
    for name in NAMES:
        try:
            expected = holds(known[name], tags, known, (name,))
        except InCircleError:
            with pytest.raises(TreeError, match="segment_cycle"):
                opened(known[name], known, (name,))
            continue
        tree = opened(known[name], known, (name,))
        assert all(condition.field != FIELD for condition in conditions(tree))
        assert holds(tree, tags, {}, ()) == expected


@given(trees)
def test_a_renamed_tree_asks_for_the_new_name(tree: Node) -> None:
    assert names_in(renamed(tree, "A", "z")) == frozenset("z" if name == "a" else name for name in names_in(tree))
