"""The effect of a draft on the people inside, before it is published."""

from dataclasses import dataclass

from wabolt.contacts.queries import kept_sums
from wabolt.journeys.models import Journey, JourneyStep
from wabolt.journeys.rules.codec import parse_stored
from wabolt.journeys.rules.definition import Step
from wabolt.journeys.rules.structure import difference, goes_on_at, steps_in_order
from wabolt.journeys.tallies import WAITING


@dataclass(frozen=True, slots=True)
class Impact:
    """A step of the published version that the draft changes or deletes. `waiting`: people who are at it now.
    `goes_on_at`: the step at which they go on if a member does not decide otherwise; None: they have finished."""

    step: Step
    is_deleted: bool
    waiting: int
    goes_on_at: str | None


def impact(journey: Journey) -> list[Impact]:
    """The changed and deleted steps at which people wait, in reading order. Empty for a first publication."""
    if journey.version is None:
        return []
    old = parse_stored(journey.version.definition)
    new = parse_stored(journey.draft, old)
    found = difference(old, new)
    concerned = {*found.changed, *found.deleted}
    keys = dict(JourneyStep.objects.filter(journey=journey, key__in=concerned).values_list("pk", "key"))
    sums = kept_sums(journey.workspace_id, [WAITING.name], list(keys))
    waiting = {keys[pk]: sum(parts.values()) for pk, parts in sums.items()}
    return [
        Impact(step, step.id in found.deleted, waiting[step.id], goes_on_at(old, new, step.id))
        for step in steps_in_order(old)
        if step.id in concerned and waiting.get(step.id)
    ]
