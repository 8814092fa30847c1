"""The definition of a journey: JSON both ways, the order of steps, edits, and missing parts."""

import copy
import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules import editing
from wabolt.journeys.rules.checks import Problem, problems
from wabolt.journeys.rules.codec import DefinitionError, dump, parse
from wabolt.journeys.rules.printing import print_journey
from wabolt.journeys.rules.structure import (
    Difference,
    Place,
    difference,
    find,
    goes_on_at,
    next_after,
    place_of,
    places,
    steps_before,
    steps_in_order,
)
from wabolt.journeys.rules.text_form import read
from wabolt.journeys.rules.text_words import LANGUAGES, Vocabulary
from wabolt.journeys.tests.strategies import SPOKEN, definitions

WELCOME = d.Definition(
    trigger=d.Trigger("joined"),
    steps=(
        d.Send("hi", text="Hai"),
        d.Wait("w", amount=2),
        d.Branch(
            "b",
            arms=(
                d.BranchArm(d.Outcome("hi", "replied"), steps=(d.Act("tag", "tag"),)),
                d.BranchArm("city = Bandung", steps=()),
            ),
            otherwise=(d.Send("more", text="Halo"), d.End("e")),
        ),
        d.Send("bye", text="Sampai jumpa"),
    ),
)


def ids(definition: d.Definition) -> list[str]:
    return [step.id for step in steps_in_order(definition)]


def a_definition_survives_json(definition: d.Definition) -> None:
    assert parse(dump(definition)) == definition


def _broken(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    data = copy.deepcopy(data)
    at = data
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "step", "field"),
    [
        (("steps",), {}, "", "steps"),
        (("trigger",), [], "", "trigger"),
        (("trigger", "kind"), 3, "", "kind"),
        (("entry",), {"reentry": "sometimes"}, "", "reentry"),
        (("entry",), {"entry_from": "25:00"}, "", "entry_from"),
        (("goal",), {"kind": "luck"}, "", "kind"),
        (("steps", 0, "id"), "Not an id", "", "id"),
        (("steps", 0, "id"), "w", "w", "id"),
        (("steps", 0, "kind"), "dance", "hi", "kind"),
        (("steps", 0, "text"), 5, "hi", "text"),
        (("steps", 0, "text"), "x" * 5000, "hi", "text"),
        (("steps", 0, "text"), "a\0b", "hi", "text"),
        (("steps", 0, "text"), "a\ud800b", "hi", "text"),
        (("steps", 0, "media"), True, "hi", "media"),
        (("steps", 1, "amount"), 10**9, "w", "amount"),
        (("steps", 1, "weekdays"), [7], "w", "weekdays"),
        (("steps", 2, "arms"), [], "b", "arms"),
        (("steps", 2, "arms", 0, "when"), {"step": "hi", "is": "burnt"}, "b", "is"),
        (("steps", 2, "arms", 0, "steps", 0, "params"), {"a": {"b": 1}}, "tag", "params"),
    ],
)
def test_an_error_names_the_step_and_the_field(path: tuple[Any, ...], value: Any, step: str, field: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse(_broken(dump(WELCOME), path, value))
    assert (caught.value.step, caught.value.field) == (step, field)


def test_limits() -> None:
    with pytest.raises(DefinitionError, match="too_many"):
        parse({"steps": [{"id": f"s{n}", "kind": "end"} for n in range(101)]})
    deep: dict[str, Any] = {"id": "s0", "kind": "end"}
    for n in range(1, 8):
        deep = {"id": f"s{n}", "kind": "split", "arms": [{"steps": [deep]}]}
    with pytest.raises(DefinitionError, match="too_deep"):
        parse({"steps": [deep]})


KEYS = ["steps", "id", "kind", "arms", "when", "else", "trigger", "entry", "exits", "goal", "until"]
plain = st.none() | st.booleans() | st.integers() | st.text()


@given(
    st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner), max_leaves=25)
)
def test_hostile_json_is_refused_or_read(data: Any) -> None:
    try:
        found = parse(data)
    except DefinitionError:
        return
    assert parse(dump(found)) == found


def test_next_step() -> None:
    assert next_after(WELCOME, "hi") == "w"
    assert next_after(WELCOME, "b", 0) == "tag"
    assert next_after(WELCOME, "b", 1) == "bye"  # an empty arm
    assert next_after(WELCOME, "b", 2) == "more"
    assert next_after(WELCOME, "tag") == "bye"
    assert next_after(WELCOME, "e") is None
    assert next_after(WELCOME, "bye") is None
    assert next_after(WELCOME, "gone") is None


def a_walk_ends_and_goes_downward(definition: d.Definition, data: st.DataObject) -> None:
    """Each step comes later in reading order than the one before it, for each choice of arms."""
    order = {step_id: number for number, step_id in enumerate(ids(definition))}
    at = definition.steps[0].id if definition.steps else None
    while at is not None:
        following = next_after(definition, at, data.draw(st.integers(0, 3)))
        assert following is None or order[following] > order[at]
        at = following


def test_waiting_people_go_on_where_something_is_left() -> None:
    without = editing.delete(editing.delete(WELCOME, "w"), "tag")
    assert goes_on_at(WELCOME, without, "w") == "b"
    assert goes_on_at(WELCOME, without, "tag") == "bye"
    assert goes_on_at(WELCOME, editing.delete(WELCOME, "bye"), "bye") is None
    assert goes_on_at(WELCOME, editing.delete(WELCOME, "b"), "more") == "bye"


def test_only_steps_that_were_passed_come_before() -> None:
    assert [step.id for step in steps_before(WELCOME, "more")] == ["hi", "w", "b"]
    assert [step.id for step in steps_before(WELCOME, "bye")] == ["hi", "w", "b", "tag", "more", "e"]


def test_difference() -> None:
    new = editing.put(WELCOME, d.Wait("w", amount=3))
    new = editing.delete(new, "tag")
    new = editing.insert(new, Place("b", 1, 0), d.Send("new", text="Baru"))
    assert difference(WELCOME, new) == Difference(added=("new",), changed=("w",), deleted=("tag",))
    assert difference(WELCOME, editing.move_up(WELCOME, "bye")).moved == ("bye",)


def no_difference_to_itself(definition: d.Definition) -> None:
    assert difference(definition, definition) == Difference()


def edits_keep_every_step_once(definition: d.Definition, data: st.DataObject) -> None:
    """Moving loses and doubles nothing, and what it makes can be stored."""
    if not ids(definition):
        return
    step_id = data.draw(st.sampled_from(ids(definition)))
    parents = ["", *ids(definition)]
    place = Place(data.draw(st.sampled_from(parents)), data.draw(st.integers(-1, 4)), data.draw(st.integers(-1, 6)))
    for moved in (
        editing.move(definition, step_id, place),
        editing.move_up(definition, step_id),
        editing.move_down(definition, step_id),
    ):
        assert sorted(ids(moved)) == sorted(ids(definition))
        assert find(moved, step_id) == find(definition, step_id)
        assert parse(dump(moved)) == moved


def up_undoes_down(definition: d.Definition, data: st.DataObject) -> None:
    if not ids(definition):
        return
    step_id = data.draw(st.sampled_from(ids(definition)))
    down = editing.move_down(definition, step_id)
    assert down == definition or editing.move_up(down, step_id) == definition
    up = editing.move_up(definition, step_id)
    assert up == definition or editing.move_down(up, step_id) == definition


def insert_and_delete(definition: d.Definition, data: st.DataObject) -> None:
    spots = [place for place, _step in places(definition)] or [Place("", 0, 0)]
    place = data.draw(st.sampled_from(spots))
    inserted = editing.insert(definition, place, d.End("new"))
    assert place_of(inserted, "new") == place
    assert editing.delete(inserted, "new") == definition


def a_copy_has_ids_of_its_own(definition: d.Definition, data: st.DataObject) -> None:
    if not ids(definition):
        return
    step_id = data.draw(st.sampled_from(ids(definition)))
    numbers = itertools.count()
    copied = editing.duplicate(definition, step_id, lambda: f"new{next(numbers)}")
    assert len(set(ids(copied))) == len(ids(copied))
    assert [known for known in ids(copied) if not known.startswith("new")] == ids(definition)
    assert parse(dump(copied)) == copied


def a_definition_survives_its_text(definition: d.Definition, data: st.DataObject) -> None:
    language, vocabulary = data.draw(st.sampled_from(LANGUAGES)), data.draw(st.sampled_from([SPOKEN, Vocabulary()]))
    numbers = itertools.count()
    text = print_journey(definition, language, vocabulary)
    assert read(text, lambda: f"new{next(numbers)}", vocabulary) == definition


@settings(max_examples=settings().max_examples // 3)
@given(definitions(), st.data())
def test_laws_of_a_definition(definition: d.Definition, data: st.DataObject) -> None:
    """One test of eight laws, because drawing a definition takes 40 ms."""
    a_definition_survives_json(definition)
    no_difference_to_itself(definition)
    for law in (
        a_definition_survives_its_text,
        a_walk_ends_and_goes_downward,
        edits_keep_every_step_once,
        up_undoes_down,
        insert_and_delete,
        a_copy_has_ids_of_its_own,
    ):
        law(definition, data)


def test_arms_come_and_go() -> None:
    three = editing.add_arm(WELCOME, "b")
    assert [arm.when for arm in find(three, "b").arms][-1] == ""  # type: ignore[union-attr]
    assert editing.remove_arm(three, "b", 2) == WELCOME
    assert "tag" not in ids(editing.remove_arm(WELCOME, "b", 0))
    alone = editing.remove_arm(WELCOME, "b", 1)
    assert editing.remove_arm(alone, "b", 0) == alone


def test_what_is_missing() -> None:
    assert problems(WELCOME) == []
    draft = d.Definition(
        exits=(d.Happening("event"),),
        goal=d.Happening("segment"),
        steps=(
            d.Send("a"),
            d.Wait("w", mode="clock"),
            d.Wait("v", mode="happening"),
            d.Branch(
                "b", arms=(d.BranchArm(), d.BranchArm(d.Outcome("c", "read")), d.BranchArm(d.Outcome("w", "happened")))
            ),
            d.Split("p", arms=(d.SplitArm(0), d.SplitArm(0))),
            d.Act("t"),
            d.Webhook("u", url="ftp://x"),
            d.Split("q", arms=(d.SplitArm(1, (d.End("x"),)), d.SplitArm(1, (d.End("y"), d.Send("z", text="Z"))))),
            d.Send("c", text="C"),
        ),
    )
    assert problems(draft) == [
        Problem("", "no_trigger"),
        Problem("", "incomplete_exit"),
        Problem("", "incomplete_goal"),
        Problem("a", "empty_message"),
        Problem("w", "no_clock"),
        Problem("v", "incomplete_wait"),
        Problem("b", "incomplete_condition", arm=1),
        Problem("b", "incomplete_condition", arm=2),
        Problem("b", "incomplete_condition", arm=3),
        Problem("p", "no_weight"),
        Problem("t", "no_action"),
        Problem("u", "bad_url"),
        Problem("z", "never_reached", is_error=False),
        Problem("c", "never_reached", is_error=False),
    ]
