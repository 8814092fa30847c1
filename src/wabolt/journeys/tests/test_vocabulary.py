"""The words of the text form for everything that is registered, and those of reasons."""

from typing import get_args

import pytest
from django.utils.translation import override

from wabolt.accounts.models import Workspace
from wabolt.commerce.rules.carts import Obstacle
from wabolt.contacts.registry import contact_actions, event_kinds
from wabolt.journeys.registry import recipes, trigger_kinds
from wabolt.journeys.rules.codec import parse
from wabolt.journeys.rules.printing import print_journey
from wabolt.journeys.rules.text_form import read
from wabolt.journeys.rules.text_words import LANGUAGES, NAMES
from wabolt.journeys.services import create_from_recipe, new_step_id
from wabolt.journeys.vocabulary import vocabulary
from wabolt.journeys.wording import end_words

pytestmark = pytest.mark.django_db


def test_each_registered_key_has_words_of_its_own() -> None:
    spoken = vocabulary()
    for table, keys in (
        (spoken.triggers, [kind.key for kind in trigger_kinds()]),
        (spoken.actions, [action.key for action in contact_actions()]),
        (spoken.events, [kind.key for kind in event_kinds()]),
    ):
        assert set(table) == set(keys)
        owners: dict[str, str] = {}
        for key, words in table.items():
            assert set(words) == set(LANGUAGES)
            for word in {key, *words.values()}:
                assert owners.setdefault(word, key) == key
    assert spoken.triggers["joined"]["id"] != "joined"
    assert spoken.actions["contacts.tag"]["id"] == "beri-label"


def test_each_setting_has_a_word(workspace: Workspace) -> None:
    asked = {name for kind in trigger_kinds() for name in kind.fields(workspace)}
    asked |= {name for action in contact_actions() for name in action.fields(workspace)}
    assert asked <= set(NAMES), asked - set(NAMES)


def test_each_reason_is_said_in_words() -> None:
    codes = {f"cart_{obstacle}" for obstacle in get_args(Obstacle)}
    codes |= {code for action in contact_actions() for code in action.reasons or ()}
    codes |= {"merged", "erased", "ended_by_action", "got_before_merge"}
    with override("id"):
        assert [code for code in sorted(codes) if end_words(code) == code.replace("_", " ")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_is_seen_in_the_text_of_a_recipe(workspace: Workspace, language: str) -> None:
    workspace.language = language
    workspace.save()
    words = vocabulary()
    for recipe in recipes():
        if not recipe.offered(workspace):
            continue
        definition = parse(create_from_recipe(workspace=workspace, key=recipe.key).draft)
        text = print_journey(definition, language, words)
        assert read(text, new_step_id, words) == definition
        other = "en" if language == "id" else "id"
        assert read(print_journey(definition, other, words), new_step_id, words) == definition
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("|")]
        for key in ("joined", "cart_abandoned", "commerce.give_voucher", "not_later_minutes", "reentry"):
            assert not any(key in line for line in lines), (key, recipe.key)
