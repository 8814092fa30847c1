"""A draft that was typed may have a value of any type for each setting. The pages say so, and none of them breaks."""

from typing import Any

import pytest
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import signed_in
from wabolt.contacts.registry import contact_actions
from wabolt.journeys.models import Journey
from wabolt.journeys.queries import all_problems
from wabolt.journeys.queries.test_runs import sample_values
from wabolt.journeys.registry import trigger_kinds
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.codec import dump, parse
from wabolt.journeys.wording import sentence, trigger_sentence

pytestmark = pytest.mark.django_db
HELLO = d.Send("s1", "Halo")


@pytest.mark.parametrize("value", ["dua", "x" * 300, 10**12, -1, True, None, ["a"]], ids=str)
def test_every_trigger_and_action_has_words_and_a_check_for_any_value(workspace: Workspace, value: Any) -> None:
    drafts = [
        d.Definition(d.Trigger(kind.key, dict.fromkeys(kind.fields(workspace), value)), steps=(HELLO,))
        for kind in trigger_kinds()
    ]
    for action in contact_actions():
        act = d.Act("a1", action.key, dict.fromkeys(action.fields(workspace), value))
        drafts.append(d.Definition(d.Trigger("by_hand"), steps=(act, HELLO)))
    for draft in drafts:
        assert parse(dump(draft)) == draft
        assert trigger_sentence(workspace, draft.trigger).words
        assert all(sentence(workspace, draft, step).words for step in draft.steps)
        assert sample_values(workspace, draft, HELLO) is not None
        all_problems(Journey(workspace=workspace), draft)


def test_a_typed_trigger_with_a_word_for_a_number_is_a_problem_and_no_error(workspace: Workspace) -> None:
    client, journey = signed_in(workspace), Journey.objects.create(workspace=workspace, name="Kabar")
    lines = "pemicu date tanggal=ulang-tahun hari=dua", "lakukan beri-voucher persen=10 hari=dua", "kirim", "  | Hai"
    assert client.post(reverse("journeys:text", args=[journey.pk]), {"text": "\n".join(lines)}).status_code == 302
    journey.refresh_from_db()
    found = parse(journey.draft)
    assert found.trigger.settings["days"] == "dua"
    assert {"bad_trigger", "bad_action"} <= {one.code for one in all_problems(journey, found) if one.is_error}
    pages = [reverse(f"journeys:{name}", args=[journey.pk]) for name in ("edit", "check", "text")]
    pages += [reverse("journeys:step", args=[journey.pk, step.id]) for step in found.steps]
    pages += [f"{reverse('journeys:trigger', args=[journey.pk])}?kind=date"]
    assert {client.get(page).status_code for page in pages} == {200}
