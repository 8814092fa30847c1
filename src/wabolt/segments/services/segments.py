"""Making, changing and deleting segments."""

from contextlib import suppress

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.lib import clock
from wabolt.lib.advisory import lock_until_commit
from wabolt.lib.errors import DomainError
from wabolt.segments.error_texts import error_text
from wabolt.segments.models import Segment
from wabolt.segments.queries import asking_about, catalogue, trees_by_name
from wabolt.segments.registry import describe_reasons, text_uses
from wabolt.segments.rules import (
    Catalogue,
    Node,
    TreeError,
    check_tree,
    from_json,
    names_in,
    normalise,
    opened,
    renamed,
    to_json,
)
from wabolt.segments.services.live import evaluate_again, forget_members

NAME_LENGTH = 100
DESCRIPTION_LENGTH = 300


@transaction.atomic
def create_segment(
    *, workspace: Workspace, name: str, tree: Node, description: str = "", by: User | None = None
) -> Segment:
    """Stores a new segment. Raises DomainError (`field` "name" or "tree") for a name in use or a tree that the
    workspace's fields do not allow."""
    segment = Segment(workspace=workspace, created_by=by)
    _fill(segment, name, tree, description)
    _save(segment)
    _audit(segment, "segment.create", by)
    return segment


@transaction.atomic
def update_segment(
    *, segment: Segment, name: str, tree: Node, description: str = "", by: User | None = None
) -> Segment:
    """Changes a segment. Frozen audiences of broadcasts stay. Segments that refer to this one follow the change, also
    its new name. Raises the errors of `create_segment`, and "name_in_use" for a new name while a text of another room
    has the old one.

    If the segment is live and its conditions change, all contacts are evaluated again, without events.
    """
    before, old_name = segment.tree, segment.name
    _fill(segment, name, tree, description)
    segment.updated_at = clock.now()
    _save(segment)
    if segment.name.lower() != old_name.lower():
        _rename_in_others(segment, old_name)
    if segment.tree != before:
        for changed in [segment, *asking_about(segment.workspace, segment.name)]:
            evaluate_again(segment=changed)
    _audit(segment, "segment.update", by)
    return segment


@transaction.atomic
def delete_segment(*, segment: Segment, by: User | None = None) -> None:
    """Deletes a segment. Its contacts and the messages sent to it stay. Raises DomainError "segment_in_use" while it
    has a live use, or another segment or a text refers to it."""
    _take_turns(segment.workspace)
    reasons = segment.live_reasons.values_list("reason", flat=True)
    uses = [use.text for use in describe_reasons(segment.workspace, reasons)]
    uses += [other.name for other in asking_about(segment.workspace, segment.name)]
    uses += [use.text for use in text_uses(segment.workspace, segment.name)]
    if uses:
        names = ", ".join(dict.fromkeys(uses))
        raise DomainError(_("This segment is needed by: %(names)s.") % {"names": names}, code="segment_in_use")
    _audit(segment, "segment.delete", by)
    forget_members(segment=segment)
    segment.delete()


@transaction.atomic
def duplicate_segment(*, segment: Segment, by: User | None = None) -> Segment:
    """Stores a copy under the first free name of "… (copy)", "… (copy 2)" and so on."""
    taken = {
        name.lower() for name in Segment.objects.filter(workspace=segment.workspace).values_list("name", flat=True)
    }
    number = 1
    while (name := _copy_name(segment.name, number)).lower() in taken:
        number += 1
    copy = Segment.objects.create(
        workspace=segment.workspace, name=name, description=segment.description, tree=segment.tree, created_by=by
    )
    _audit(copy, "segment.create", by)
    return copy


def _copy_name(name: str, number: int) -> str:
    suffix = _(" (copy)") if number == 1 else _(" (copy %(number)s)") % {"number": number}
    return name[: NAME_LENGTH - len(suffix)] + suffix


def _fill(segment: Segment, name: str, tree: Node, description: str) -> None:
    name = " ".join(name.split())
    if not name:
        raise DomainError(_("Give the segment a name."), code="blank_name", field="name")
    if len(name) > NAME_LENGTH:
        raise DomainError(
            ngettext("At most %(limit)s character.", "At most %(limit)s characters.", NAME_LENGTH)
            % {"limit": NAME_LENGTH},
            code="long_name",
            field="name",
        )
    same = Segment.objects.filter(workspace=segment.workspace, name__iexact=name).exclude(pk=segment.pk)
    if same.exists():
        raise _name_taken()
    tree = normalise(tree)
    try:
        known = catalogue(segment.workspace)
        check_tree(tree, known)
        _check_references(segment, name, tree, known)
    except TreeError as error:
        raise DomainError(error_text(error), code=error.code, field="tree") from error
    segment.name, segment.description = name, description.strip()[:DESCRIPTION_LENGTH]
    segment.tree = to_json(tree)


def _check_references(segment: Segment, name: str, tree: Node, known: Catalogue) -> None:
    """Checks the conditions about other segments, and those of others about this one. Raises TreeError."""
    _take_turns(segment.workspace)
    old = segment.name
    if segment.pk and old.lower() != name.lower() and (uses := text_uses(segment.workspace, old)):
        names = ", ".join(use.text for use in uses)
        message = _("%(names)s refers to this segment by its name. Change the condition there first.")
        raise DomainError(message % {"names": names}, code="name_in_use", field="name")
    others = trees_by_name(segment.workspace)
    asking = [other.name for other in asking_about(segment.workspace, old)] if segment.pk else []
    others.pop(old.lower(), None)
    trees = {other: renamed(one, old, name) if segment.pk else one for other, one in others.items()}
    trees[name.lower()] = tree
    for other in (name, *asking):
        check_tree(normalise(opened(trees[other.lower()], trees, (other,))), known)


def _rename_in_others(segment: Segment, old: str) -> None:
    """Changes the name in the segments that refer to this one. Their meaning stays the same."""
    for other in Segment.objects.filter(workspace=segment.workspace).exclude(pk=segment.pk).order_by("pk"):
        with suppress(TreeError):
            tree = from_json(other.tree)
            if old.lower() in names_in(tree):
                other.tree = to_json(renamed(tree, old, segment.name))
                other.save(update_fields=["tree"])


def _take_turns(workspace: Workspace) -> None:
    """Locks the segments of a workspace against concurrent changes, which could create circular or dangling
    references."""
    with connection.cursor() as cursor:
        lock_until_commit(cursor, f"segments.references:{workspace.pk}")


def _save(segment: Segment) -> None:
    """Saves a segment. Raises DomainError if a concurrent request has just taken the name (unique constraint)."""
    try:
        with transaction.atomic():
            segment.save()
    except IntegrityError as error:
        raise _name_taken() from error


def _name_taken() -> DomainError:
    return DomainError(_("Another segment has this name."), code="name_taken", field="name")


def _audit(segment: Segment, action: str, by: User | None) -> None:
    record_audit(
        workspace=segment.workspace,
        actor=by,
        action=action,
        target=("segment", segment.pk),
        data={"name": segment.name},
    )
