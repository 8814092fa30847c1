"""Segments that ask about other segments of the workspace."""

from collections.abc import Sequence
from contextlib import suppress

from wabolt.accounts.models import Workspace
from wabolt.segments.models import Segment
from wabolt.segments.rules import Node, TreeError, from_json, names_in, opened


def open_each(workspace: Workspace, trees: Sequence[Node]) -> list[Node | TreeError]:
    """Returns the trees with the conditions of the saved segments that they ask about in place of their names, in
    order; the error for a tree that asks about an unknown segment, or about itself. No query without such
    conditions."""
    if not any(map(names_in, trees)):
        return list(trees)
    known = trees_by_name(workspace)
    found: list[Node | TreeError] = []
    for tree in trees:
        try:
            found.append(opened(tree, known))
        except TreeError as error:
            found.append(error)
    return found


def trees_by_name(workspace: Workspace) -> dict[str, Node]:
    """Returns the trees of all saved segments by lower-case name. Those that cannot be read are missing."""
    found: dict[str, Node] = {}
    for name, tree in Segment.objects.filter(workspace=workspace).values_list("name", "tree"):
        with suppress(TreeError):
            found[name.lower()] = from_json(tree)
    return found


def asking_about(workspace: Workspace, name: str) -> list[Segment]:
    """Returns the saved segments that ask about the segment with this name, directly or through others, in order of
    their ids."""
    segments: dict[str, tuple[Segment, frozenset[str]]] = {}
    for segment in Segment.objects.filter(workspace=workspace).order_by("pk"):
        with suppress(TreeError):
            segments[segment.name.lower()] = segment, names_in(from_json(segment.tree))
    found = {name.lower()}
    while more := {own for own, (_segment, asked) in segments.items() if own not in found and asked & found}:
        found |= more
    return [segment for own, (segment, _asked) in segments.items() if own in found and own != name.lower()]
