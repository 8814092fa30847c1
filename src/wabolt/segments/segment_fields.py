"""The segment field that refers to other segments."""

from django.utils.translation import pgettext_lazy as pgettext

from wabolt.lib.row_lookups import RowLookup
from wabolt.segments.models import Segment
from wabolt.segments.registry import FieldGroup, FieldSpec, Kind, register_fields, register_lookup
from wabolt.segments.rules.references import FIELD

GROUP = FieldGroup("segments", pgettext("segment", "Segments"), 90)
_SEGMENTS = RowLookup("segment", lambda workspace: Segment.objects.filter(workspace=workspace))
IN_SEGMENT = FieldSpec(
    FIELD,
    Kind.NAMED,
    GROUP.key,
    pgettext("segment", "In a segment"),
    words={"id": ("di segmen", "masuk segmen")},
    aliases=("segment", "segmen", "is in segment"),
    lookup=_SEGMENTS.key,
    # It has no SQL: the compiler puts the conditions of the other segment in its place (rules.references).
    sentences={
        "": pgettext("segment", "is in the segment {}"),
        "not:": pgettext("segment", "is not in the segment {}"),
        "in": pgettext("segment", "is in one of the segments {}"),
        "not:in": pgettext("segment", "is in none of the segments {}"),
    },
)


def register() -> None:
    """Called from `SegmentsConfig.ready`."""
    register_lookup(_SEGMENTS)
    register_fields(GROUP, IN_SEGMENT)
