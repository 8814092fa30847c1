import pytest
from tests.cases import each

from wabolt.accounts.models import AuditEntry
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.lib.errors import DomainError
from wabolt.segments.models import Segment
from wabolt.segments.queries import list_segments, segment_tree
from wabolt.segments.rules import EVERYONE, All, Any, Condition, Not
from wabolt.segments.services import create_segment, delete_segment, duplicate_segment, update_segment

pytestmark = pytest.mark.django_db

LOYAL = Condition("orders", ">=", 2)


def test_create_stores_the_normalised_tree_and_its_author() -> None:
    workspace = make_workspace()
    user = make_member(workspace)
    made = create_segment(workspace=workspace, name="  Setia   sekali ", tree=All((Not(Not(LOYAL)),)), by=user)
    assert made.name == "Setia sekali"
    assert segment_tree(made) == LOYAL
    entry = AuditEntry.objects.get(workspace=workspace, action="segment.create")
    assert (entry.user, entry.target_id) == (user, made.pk)


@each(
    ("name", "tree", "code", "field"),
    [
        ("", EVERYONE, "blank_name", "name"),
        ("x" * 101, EVERYONE, "long_name", "name"),
        ("SETIA", EVERYONE, "name_taken", "name"),
        ("Baru", Condition("field.salary", "=", "x"), "unknown_field", "tree"),
        ("Baru", Any(tuple(LOYAL for _ in range(250))), "too_large", "tree"),
    ],
    undone=True,
)
def test_create_refuses(name: str, tree: Condition, code: str, field: str) -> None:
    workspace = make_workspace()
    create_segment(workspace=workspace, name="Setia", tree=LOYAL)
    with pytest.raises(DomainError) as caught:
        create_segment(workspace=workspace, name=name, tree=tree)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert Segment.objects.count() == 1


def test_update_keeps_its_own_name_and_other_workspaces_names_are_free() -> None:
    workspace = make_workspace()
    made = create_segment(workspace=workspace, name="Setia", tree=LOYAL)
    update_segment(segment=made, name="setia", tree=EVERYONE, description="semua")
    made.refresh_from_db()
    assert (made.name, made.description, segment_tree(made)) == ("setia", "semua", EVERYONE)
    create_segment(workspace=make_workspace("Sebelah"), name="Setia", tree=LOYAL)


def test_name_taken_between_check_and_save_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = make_workspace()
    create_segment(workspace=workspace, name="Setia", tree=LOYAL)
    monkeypatch.setattr("django.db.models.query.QuerySet.exists", lambda _self: False)
    with pytest.raises(DomainError) as caught:
        create_segment(workspace=workspace, name="Setia", tree=LOYAL)
    assert caught.value.code == "name_taken"


def test_duplicate_finds_a_free_name() -> None:
    workspace = make_workspace()
    made = create_segment(workspace=workspace, name="x" * 100, tree=LOYAL)
    copies = {duplicate_segment(segment=made).name for _ in range(3)}
    assert len(copies) == 3
    assert all(len(name) <= 100 for name in copies)


def test_delete_removes_one_segment() -> None:
    workspace = make_workspace()
    made = create_segment(workspace=workspace, name="A", tree=LOYAL)
    kept = create_segment(workspace=workspace, name="B", tree=LOYAL)
    delete_segment(segment=made)
    assert list(list_segments(workspace)) == [kept]
