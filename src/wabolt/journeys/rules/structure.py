"""Walks the tree of steps: reading order, places, the next step, and the difference of two definitions."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .definition import Branch, Definition, End, Happening, Split, Step, Wait

Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the tree: `index` in the list of steps of arm `arm` of the step `parent`; "" and 0 is the outermost
    list. The last arm of a branch is its `otherwise`."""

    parent: str
    arm: int
    index: int


def arms_of(step: Step) -> tuple[Steps, ...]:
    """The lists of steps inside a step; empty for a step that holds none."""
    match step:
        case Branch(arms=arms, otherwise=otherwise):
            return (*(arm.steps for arm in arms), otherwise)
        case Split(arms=arms):
            return tuple(arm.steps for arm in arms)
        case _:
            return ()


def with_arms(step: Step, arms: tuple[Steps, ...]) -> Step:
    """The step with other lists of steps inside, in the order of `arms_of`."""
    match step:
        case Branch():
            inner = tuple(replace(arm, steps=steps) for arm, steps in zip(step.arms, arms[:-1], strict=True))
            return replace(step, arms=inner, otherwise=arms[-1])
        case Split():
            return replace(step, arms=tuple(replace(a, steps=s) for a, s in zip(step.arms, arms, strict=True)))
        case _:
            return step


def places(definition: Definition) -> Iterator[tuple[Place, Step]]:
    """Every step with its place, in the order in which a reader meets them: a branch before what it holds."""
    yield from _places(definition.steps, "", 0)


def _places(steps: Steps, parent: str, arm: int) -> Iterator[tuple[Place, Step]]:
    for index, step in enumerate(steps):
        yield Place(parent, arm, index), step
        for number, inner in enumerate(arms_of(step)):
            yield from _places(inner, step.id, number)


def steps_in_order(definition: Definition) -> list[Step]:
    """Every step in reading order."""
    return [step for _place, step in places(definition)]


def happenings(definition: Definition) -> Iterator[Happening]:
    """Yields the happenings that a journey listens for: those of its exits, its goal and its waits."""
    yield from definition.exits
    if definition.goal is not None:
        yield definition.goal
    for step in steps_in_order(definition):
        if isinstance(step, Wait) and step.until is not None:
            yield step.until


def find(definition: Definition, step_id: str) -> Step | None:
    """The step with this id, or None."""
    return next((step for _place, step in places(definition) if step.id == step_id), None)


def place_of(definition: Definition, step_id: str) -> Place | None:
    """The place of the step with this id, or None."""
    return next((place for place, step in places(definition) if step.id == step_id), None)


def steps_at(definition: Definition, parent: str, arm: int) -> Steps:
    """The list of steps of an arm; () if there is no such arm."""
    if not parent:
        return definition.steps if arm == 0 else ()
    found = find(definition, parent)
    arms = arms_of(found) if found else ()
    return arms[arm] if 0 <= arm < len(arms) else ()


def depth_of(definition: Definition, step_id: str) -> int:
    """The number of branches and splits around the step; 0 for an unknown step."""
    found = place_of(definition, step_id)
    return 0 if found is None or not found.parent else 1 + depth_of(definition, found.parent)


def first(definition: Definition) -> str | None:
    """The id of the step at which each person begins, or None for a journey without steps."""
    return definition.steps[0].id if definition.steps else None


def next_after(definition: Definition, step_id: str, choice: int | None = None) -> str | None:
    """The id of the step that comes after this one, or None when the journey ends there.

    `choice`: which arm of a branch or a split is taken; the arm after the last `when` is `otherwise`. Without a choice,
    or for an empty arm, it is the step after the whole branch. Unknown ids end the journey.
    """
    found = find(definition, step_id)
    if found is None or isinstance(found, End):
        return None
    arms = arms_of(found)
    if choice is not None and 0 <= choice < len(arms) and arms[choice]:
        return arms[choice][0].id
    return _following(definition, step_id)


def _following(definition: Definition, step_id: str) -> str | None:
    """The step after the whole of this one: its sibling, or what follows the step that holds it."""
    place = place_of(definition, step_id)
    if place is None:
        return None
    siblings = steps_at(definition, place.parent, place.arm)
    if place.index + 1 < len(siblings):
        return siblings[place.index + 1].id
    return _following(definition, place.parent) if place.parent else None


def goes_on_at(old: Definition, new: Definition, step_id: str) -> str | None:
    """The step of `new` at which a person who waits at a step of `old` goes on: the same step if `new` has it, else the
    nearest later step of `old` that `new` has. None: there is no such step, and the person has finished."""
    kept = {step.id for step in steps_in_order(new)}
    at: str | None = step_id
    while at is not None and at not in kept:
        at = _following(old, at)
    return at


def steps_before(definition: Definition, step_id: str) -> list[Step]:
    """The steps that a person may have passed before this one, in reading order: all steps above it except the other
    arms of the branches around it."""
    inside: dict[str, int] = {}
    at = place_of(definition, step_id)
    while at is not None and at.parent:
        inside[at.parent] = at.arm
        at = place_of(definition, at.parent)
    return list(_until(definition.steps, step_id, inside))


def _until(steps: Steps, step_id: str, inside: dict[str, int]) -> Iterator[Step]:
    for step in steps:
        if step.id == step_id:
            return
        yield step
        if step.id in inside:
            yield from _until(arms_of(step)[inside[step.id]], step_id, inside)
            return
        for arm in arms_of(step):
            yield from _until(arm, step_id, inside)


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of two definitions, as ids in reading order. `changed`: steps with other values of their own; the
    steps inside a branch are not its own values. `moved`: steps with another parent, arm or step in front of them."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()


def difference(old: Definition, new: Definition) -> Difference:
    """The steps that `new` adds, changes, deletes and moves."""
    before = {step.id: step for step in steps_in_order(old)}
    after = {step.id: step for step in steps_in_order(new)}
    both = [step_id for step_id in after if step_id in before]
    front_before, front_after = _fronts(old, set(both)), _fronts(new, set(both))
    return Difference(
        added=tuple(step_id for step_id in after if step_id not in before),
        changed=tuple(step_id for step_id in both if bare(before[step_id]) != bare(after[step_id])),
        deleted=tuple(step_id for step_id in before if step_id not in after),
        moved=tuple(step_id for step_id in both if front_before[step_id] != front_after[step_id]),
    )


def bare(step: Step) -> Step:
    """The step without the steps that it holds."""
    return with_arms(step, ((),) * len(arms_of(step)))


def _fronts(definition: Definition, ids: set[str]) -> dict[str, tuple[str, int, str]]:
    """Of each kept step its parent, its arm and the kept step in front of it there."""
    found: dict[str, tuple[str, int, str]] = {}
    front: dict[tuple[str, int], str] = {}
    for place, step in places(definition):
        if step.id in ids:
            arm = (place.parent, place.arm)
            found[step.id] = (*arm, front.get(arm, ""))
            front[arm] = step.id
    return found
