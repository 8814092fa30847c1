"""Journeys whose conditions ask about a saved segment."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.journeys.models import Enrollment, Journey
from wabolt.journeys.rules.codec import parse_stored
from wabolt.journeys.rules.definition import Branch, Definition
from wabolt.journeys.rules.structure import happenings, steps_in_order
from wabolt.segments.queries import SegmentError, names_in, tree_from_text
from wabolt.segments.registry import UseOfSegment


def journeys_asking(workspace: Workspace, name: str) -> list[UseOfSegment]:
    """The journeys that are not over and whose draft or published version asks about the segment with this name."""
    inside = Enrollment.objects.filter(journey=OuterRef("pk"), state__in=("active", "parked"))
    working = Journey.objects.filter(~Q(state=Journey.State.ARCHIVED) | Exists(inside), workspace=workspace)
    found = []
    for journey in working.select_related("version").order_by("pk"):
        stored = [journey.draft, *([journey.version.definition] if journey.version else [])]
        texts = {text for data in stored for text in segment_texts(parse_stored(data))}
        if any(name.lower() in _names(workspace, text) for text in texts):
            found.append(UseOfSegment(journey.name, reverse("journeys:edit", args=[journey.pk])))
    return found


def segment_texts(definition: Definition) -> Iterator[str]:
    """All conditions of a definition that are texts of the segment language."""
    if definition.entry.only:
        yield definition.entry.only
    yield from (happening.when for happening in happenings(definition) if happening.kind == "segment")
    for step in steps_in_order(definition):
        if isinstance(step, Branch):
            yield from (arm.when for arm in step.arms if isinstance(arm.when, str))


def _names(workspace: Workspace, text: str) -> frozenset[str]:
    try:
        return names_in(tree_from_text(workspace, text))
    except SegmentError:
        return frozenset()
