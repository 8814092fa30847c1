"""The workspace's segments."""

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import Http404

from wabolt.accounts.models import Workspace
from wabolt.segments.models import Segment
from wabolt.segments.phrases import describe
from wabolt.segments.rules import Node, SegmentError, from_json, parse

from .fields import catalogue


def list_segments(workspace: Workspace, words: str = "") -> QuerySet[Segment]:
    """Returns the workspace's segments by name, restricted to those with `words` in name or description."""
    found = Segment.objects.filter(workspace=workspace).order_by(Lower("name"), "id")
    return found.filter(Q(name__icontains=words) | Q(description__icontains=words)) if words else found


def access_segment(workspace: Workspace, pk: int) -> Segment:
    """Returns one segment of this workspace. Raises Http404 for any other id."""
    try:
        return Segment.objects.get(workspace=workspace, pk=pk)
    except Segment.DoesNotExist:
        raise Http404 from None


def segment_tree(segment: Segment) -> Node:
    """Returns the segment's tree. Raises `rules.TreeError` when the stored JSON is no tree."""
    return from_json(segment.tree)


def tree_from_json(data: object) -> Node:
    """Returns the tree of a stored copy, such as a broadcast's. Raises `rules.TreeError` when the JSON is no tree."""
    return from_json(data)


def tree_from_text(workspace: Workspace, text: str) -> Node:
    """Returns the tree of a text in the segment language. Raises `rules.LanguageError` with the place of the error."""
    return parse(text, catalogue(workspace))


def condition_words(workspace: Workspace, text: str) -> str:
    """Returns a condition in the reader's language, as one sentence; the text itself if it cannot be read."""
    known = catalogue(workspace)
    try:
        return describe(parse(text, known), known, workspace.currency)
    except SegmentError:
        return text
