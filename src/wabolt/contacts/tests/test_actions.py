"""Actions on contacts: the registry, the actions of this room and the forms that edit a list of them."""

import pytest
from django.db import connection
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts.models import Contact, Event, Note
from wabolt.contacts.queries import tags_of
from wabolt.contacts.registry import (
    ActionCall,
    ActionForms,
    ActionRun,
    check_calls,
    contact_action,
    contact_actions,
    read_calls,
)
from wabolt.contacts.services import create_field
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def run(workspace: Workspace, key: str, params: dict[str, object], *contacts: Contact) -> dict[int, str]:
    """Applies an action for these contacts."""
    action = contact_action(key)
    assert action is not None
    keys = {contact.pk: f"test:{contact.pk}" for contact in contacts}
    return dict(action.apply(ActionRun(workspace, keys, params, ("test", 1))))


def test_labels_are_given_once_and_taken_away(workspace: Workspace) -> None:
    people = [make_contact(workspace), make_contact(workspace)]
    stranger = make_contact(make_workspace("Lain"))
    for _again in range(2):
        assert run(workspace, "contacts.tag", {"tag": "VIP"}, *people, stranger) == {}
    assert tags_of([person.pk for person in people]) == {person.pk: ["VIP"] for person in people}
    assert tags_of([stranger.pk]) == {}
    assert Event.objects.filter(kind="tag_added").count() == 2
    run(workspace, "contacts.untag", {"tag": "vip"}, people[0])
    assert tags_of([people[0].pk]) == {}


def test_a_note_is_written_once_for_each(workspace: Workspace) -> None:
    people = [make_contact(workspace), make_contact(workspace)]
    stranger = make_contact(make_workspace("Lain"))
    for _again in range(2):
        run(workspace, "contacts.note", {"text": "Mau jadi reseller"}, *people, stranger)
    assert sorted(Note.objects.values_list("contact", "text")) == [(one.pk, "Mau jadi reseller") for one in people]
    assert Event.objects.filter(kind="note_added").count() == 2
    action = contact_action("contacts.note")
    assert action is not None
    with pytest.raises(DomainError) as caught:
        action.check(workspace, {"text": " "})
    assert caught.value.field == "text"


def test_a_field_is_set_and_cleared_for_many_with_a_fixed_number_of_statements(workspace: Workspace) -> None:
    create_field(workspace=workspace, label="Ukuran", kind="text")
    people = [make_contact(workspace) for _number in range(5)]
    counts = []
    for some in (people[:1], people):
        with CaptureQueriesContext(connection) as queries:
            run(workspace, "contacts.set_field", {"column": "ukuran", "value": "XL"}, *some)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert {contact.fields["ukuran"] for contact in Contact.objects.filter(workspace=workspace)} == {"XL"}
    run(workspace, "contacts.set_field", {"column": "ukuran", "value": ""}, people[0])
    assert Contact.objects.get(pk=people[0].pk).fields == {}


@each(
    ("key", "params", "code", "field"),
    [
        ("contacts.tag", {"tag": " \u200b "}, "bad_tag", "tag"),
        ("contacts.tag", {"tag": "x" * 61}, "bad_tag", "tag"),
        ("contacts.set_field", {"column": "tidak_ada", "value": "1"}, "unknown_field", "column"),
        ("contacts.set_field", {"column": "umur", "value": "tua"}, "bad_value", "value"),
        ("gone.away", {}, "unknown_action", "actions"),
    ],
    undone=True,
)
def test_nonsense_is_refused(workspace: Workspace, key: str, params: dict[str, str], code: str, field: str) -> None:
    create_field(workspace=workspace, label="Umur", kind="number", key="umur")
    with pytest.raises(DomainError) as refused:
        check_calls(workspace, [ActionCall(key, params)])
    assert (refused.value.code, refused.value.field) == (code, field)


def test_at_most_six_actions(workspace: Workspace) -> None:
    calls = [ActionCall("contacts.tag", {"tag": str(number)}) for number in range(7)]
    with pytest.raises(DomainError, match="enam") as refused:
        check_calls(workspace, calls)
    assert refused.value.code == "too_many"
    assert len(check_calls(workspace, calls[:6])) == 6


def test_a_call_survives_its_stored_form_and_names_what_happens(workspace: Workspace) -> None:
    call = ActionCall("contacts.tag", {"tag": "VIP"})
    assert read_calls([call.stored()]) == [call]
    assert "VIP" in call.sentence(workspace)
    assert ActionCall("gone.away", {}).sentence(workspace) == "gone.away"


def test_the_sentence_of_each_action_bears_missing_parameters(workspace: Workspace) -> None:
    for action in contact_actions():
        assert action.sentence(workspace, {})


def test_the_forms_add_keep_remove_and_refuse_actions(workspace: Workspace) -> None:
    added = ActionForms(workspace, QueryDict("then-add=contacts.tag"))
    assert added.is_edited
    assert [row.action.key for row in added.rows] == ["contacts.tag"]
    page = render_to_string("contacts/parts/actions.html", {"actions": added, "title": "Lalu"})
    assert 'name="then-0-tag"' in page
    assert "is-invalid" not in page, "nothing was typed yet"
    both = "then-0-action=contacts.tag&then-0-tag=VIP&then-1-action=contacts.untag&then-1-tag=Lama"
    kept = ActionForms(workspace, QueryDict(f"{both}&then-add=contacts.tag"))
    assert [row.form["tag"].value() for row in kept.rows] == ["VIP", "Lama", None]
    removed = ActionForms(workspace, QueryDict(f"{both}&then-remove=0"))
    assert [row.form["tag"].value() for row in removed.rows] == ["Lama"]
    sent = ActionForms(workspace, QueryDict(both))
    assert not sent.is_edited
    assert sent.is_valid()
    assert sent.calls() == [ActionCall("contacts.tag", {"tag": "VIP"}), ActionCall("contacts.untag", {"tag": "Lama"})]
    wrong = ActionForms(workspace, QueryDict("then-0-action=contacts.tag&then-0-tag="))
    assert not wrong.is_valid()
    assert "is-invalid" in str(wrong.rows[0].form)
    unknown = ActionForms(workspace, QueryDict("then-0-action=gone.away&then-add=gone.away"))
    assert unknown.rows == []


def test_an_action_without_use_is_not_offered(workspace: Workspace) -> None:
    assert "contacts.set_field" not in [action.key for action in ActionForms(workspace).possible]
    create_field(workspace=workspace, label="Ukuran", kind="text")
    assert "contacts.set_field" in [action.key for action in ActionForms(workspace).possible]
