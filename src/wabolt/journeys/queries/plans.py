"""Published versions prepared for the engine. A version never changes, so a process reads it once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from wabolt.journeys.models import Journey, JourneyStep, JourneyVersion
from wabolt.journeys.rules.codec import parse
from wabolt.journeys.rules.plan import Plan, plan_of


@dataclass(frozen=True, slots=True)
class Published:
    """`number`: of the version. `pks` and `keys`: the rows of the steps by step id and back, tombstones included.
    `contents`: the texts of send steps by step id. `templated`: (step id, channel) -> the content that is sent over
    this number as an approved template."""

    number: int
    plan: Plan
    pks: Mapping[str, int]
    keys: Mapping[int, str]
    contents: Mapping[str, int]
    templated: Mapping[tuple[str, int], int]

    def content_for(self, step_id: str, channel_id: int) -> int:
        """The content of a send step for this number."""
        return self.templated.get((step_id, channel_id), self.contents[step_id])


def published(journey: Journey) -> Published:
    """The published version of a journey that has one."""
    assert journey.version_id is not None
    return _published(journey.version_id)


@lru_cache(maxsize=500)
def _published(version_id: int) -> Published:
    version = JourneyVersion.objects.get(pk=version_id)
    names = ("key", "pk", "content_id", "template_content__template__channel", "template_content_id")
    rows = JourneyStep.objects.filter(journey=version.journey_id).values_list(*names)
    pks = {row[0]: row[1] for row in rows}
    return Published(
        version.number,
        plan_of(parse(version.definition)),
        pks,
        {pk: key for key, pk in pks.items()},
        {key: content for key, _pk, content, *_more in rows if content is not None},
        {(key, channel): content for key, _pk, _content, channel, content in rows if channel is not None},
    )
