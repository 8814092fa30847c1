"""Edits of a definition. Each returns a new definition; one that makes no sense returns the same definition."""

from collections.abc import Callable
from dataclasses import replace

from .definition import MAX_ARMS, MAX_DEPTH, MAX_STEPS, Branch, BranchArm, Definition, Split, SplitArm, Step
from .structure import (
    Place,
    Steps,
    arms_of,
    depth_of,
    find,
    place_of,
    places,
    steps_at,
    steps_in_order,
    with_arms,
)

NewId = Callable[[], str]
"""Gives an id that no step of the journey has or had."""


def insert(definition: Definition, place: Place, step: Step) -> Definition:
    """The definition with `step` at `place`; an index past the end is the end."""
    if len(steps_in_order(definition)) + _size(step) > MAX_STEPS or not _fits(definition, place, step):
        return definition
    siblings = steps_at(definition, place.parent, place.arm)
    index = max(0, min(place.index, len(siblings)))
    return _with_siblings(definition, place, (*siblings[:index], step, *siblings[index:]))


def delete(definition: Definition, step_id: str) -> Definition:
    """The definition without this step and all that it holds."""
    place = place_of(definition, step_id)
    if place is None:
        return definition
    siblings = steps_at(definition, place.parent, place.arm)
    return _with_siblings(definition, place, tuple(step for step in siblings if step.id != step_id))


def put(definition: Definition, step: Step) -> Definition:
    """The definition with the step of the same id replaced by this one."""
    place = place_of(definition, step.id)
    if place is None:
        return definition
    siblings = steps_at(definition, place.parent, place.arm)
    changed = tuple(step if known.id == step.id else known for known in siblings)
    return _with_siblings(definition, place, changed)


def move(definition: Definition, step_id: str, place: Place) -> Definition:
    """The definition with this step at `place`, counted as if the step were gone already. A step cannot move into
    itself, nor deeper than `MAX_DEPTH`."""
    step = find(definition, step_id)
    if step is None or place.parent in _ids_within(step):
        return definition
    without = delete(definition, step_id)
    moved = insert(without, place, step)
    return definition if moved == without else moved


def move_up(definition: Definition, step_id: str) -> Definition:
    """The definition with this step one place earlier in reading order: past the step above it, into the last arm of a
    branch above it, to the arm before its own, or out of the branch."""
    place = place_of(definition, step_id)
    if place is None:
        return definition
    if place.index > 0:
        above = steps_at(definition, place.parent, place.arm)[place.index - 1]
        inside = len(arms_of(above)) - 1
        moved = definition
        if inside >= 0:
            moved = move(definition, step_id, Place(above.id, inside, len(arms_of(above)[inside])))
        return moved if moved != definition else move(definition, step_id, replace(place, index=place.index - 1))
    if place.arm > 0:
        arm = place.arm - 1
        return move(definition, step_id, Place(place.parent, arm, len(steps_at(definition, place.parent, arm))))
    outside = place_of(definition, place.parent)
    return move(definition, step_id, outside) if outside else definition


def move_down(definition: Definition, step_id: str) -> Definition:
    """The definition with this step one place later in reading order; the opposite of `move_up`."""
    place = place_of(definition, step_id)
    if place is None:
        return definition
    siblings = steps_at(definition, place.parent, place.arm)
    if place.index + 1 < len(siblings):
        below = siblings[place.index + 1]
        moved = move(definition, step_id, Place(below.id, 0, 0)) if arms_of(below) else definition
        return moved if moved != definition else move(definition, step_id, replace(place, index=place.index + 1))
    outside = place_of(definition, place.parent)
    if outside is None:
        return definition
    parent = find(definition, place.parent)
    if parent is not None and place.arm + 1 < len(arms_of(parent)):
        return move(definition, step_id, Place(place.parent, place.arm + 1, 0))
    return move(definition, step_id, replace(outside, index=outside.index + 1))


def duplicate(definition: Definition, step_id: str, new_id: NewId) -> Definition:
    """The definition with a copy of this step, and of all that it holds, below it. The copies have new ids."""
    place, step = place_of(definition, step_id), find(definition, step_id)
    if place is None or step is None:
        return definition
    return insert(definition, replace(place, index=place.index + 1), with_new_ids(step, new_id))


def with_new_ids(step: Step, new_id: NewId) -> Step:
    """A copy of the step, and of all that it holds, with new ids."""
    arms = tuple(tuple(with_new_ids(inner, new_id) for inner in arm) for arm in arms_of(step))
    return with_arms(replace(step, id=new_id()), arms)


def add_arm(definition: Definition, step_id: str) -> Definition:
    """The definition with one more arm, at the end of a split and before "else" of a branch."""
    match find(definition, step_id):
        case Branch() as branch if len(branch.arms) < MAX_ARMS:
            return put(definition, replace(branch, arms=(*branch.arms, BranchArm())))
        case Split() as split if len(split.arms) < MAX_ARMS:
            return put(definition, replace(split, arms=(*split.arms, SplitArm())))
        case _:
            return definition


def remove_arm(definition: Definition, step_id: str, arm: int) -> Definition:
    """The definition without this arm and its steps. The last arm with a condition, the last but one share of a split
    and "else" stay."""
    match find(definition, step_id):
        case Branch() as branch if len(branch.arms) > 1 and 0 <= arm < len(branch.arms):
            return put(definition, replace(branch, arms=branch.arms[:arm] + branch.arms[arm + 1 :]))
        case Split() as split if len(split.arms) > 2 and 0 <= arm < len(split.arms):
            return put(definition, replace(split, arms=split.arms[:arm] + split.arms[arm + 1 :]))
        case _:
            return definition


def _with_siblings(definition: Definition, place: Place, siblings: Steps) -> Definition:
    if not place.parent:
        return replace(definition, steps=siblings)
    return replace(definition, steps=_changed(definition.steps, place, siblings))


def _changed(steps: Steps, place: Place, siblings: Steps) -> Steps:
    found: list[Step] = []
    for step in steps:
        arms = arms_of(step)
        if step.id == place.parent:
            arms = (*arms[: place.arm], siblings, *arms[place.arm + 1 :])
        else:
            arms = tuple(_changed(arm, place, siblings) for arm in arms)
        found.append(with_arms(step, arms))
    return tuple(found)


def _fits(definition: Definition, place: Place, step: Step) -> bool:
    if not place.parent:
        return place.arm == 0 and _height(step) <= MAX_DEPTH
    parent = find(definition, place.parent)
    if parent is None or not 0 <= place.arm < len(arms_of(parent)):
        return False
    return depth_of(definition, place.parent) + 1 + _height(step) <= MAX_DEPTH


def _height(step: Step) -> int:
    """Returns the number of levels of steps inside a step."""
    return max((1 + _height(inner) for arm in arms_of(step) for inner in arm), default=0)


def _size(step: Step) -> int:
    return len(_ids_within(step))


def _ids_within(step: Step) -> set[str]:
    return {step.id} | {found.id for _place, found in places(Definition(steps=(step,)))}
