"""The action that tells the team about customers."""

import pytest
from django.utils.translation import override
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace
from wabolt.alerts.models import Alert
from wabolt.alerts.registry import kind_of
from wabolt.contacts.registry import ActionCall, ActionRun, check_calls, contact_action
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db


def test_the_team_hears_once_of_each_customer() -> None:
    workspace = make_workspace()
    people = [make_contact(workspace) for _number in range(3)]
    action, kind = contact_action("inbox.tell_team"), kind_of("inbox.look")
    assert action is not None
    assert kind is not None
    params = {"text": "mau jadi reseller"}
    for some in (people[:1], people[:1], people):
        keys = {person.pk: f"k{person.pk}" for person in some}
        assert action.apply(ActionRun(workspace, keys, params, ("auto_reply", 5))) == {}
    alert = Alert.objects.get(kind="inbox.look")
    assert alert.data["count"] == 3
    with override("id"):
        assert kind.sentence(alert.subject, alert.data) == "mau jadi reseller (3 pelanggan)"
    assert kind.page("", {"contacts": [people[0].pk]}) == f"/contacts/{people[0].pk}/"


def test_customers_of_other_shops_are_ignored() -> None:
    workspace, stranger = make_workspace(), make_contact(make_workspace("Lain"))
    action = contact_action("inbox.tell_team")
    assert action is not None
    action.apply(ActionRun(workspace, {stranger.pk: "k"}, {"text": "x"}, ("journey", 1)))
    assert not Alert.objects.filter(kind="inbox.look").exists()


@each("text", ["", "\u200b", "x" * 201], undone=True)
def test_a_text_is_needed(text: str) -> None:
    with pytest.raises(DomainError):
        check_calls(make_workspace(), [ActionCall("inbox.tell_team", {"text": text})])
