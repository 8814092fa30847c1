"""Making, changing and deleting segments."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.segments.error_texts import error_text
from wabolt.segments.models import Segment
from wabolt.segments.queries import catalogue
from wabolt.segments.registry import describe_reasons
from wabolt.segments.rules import Node, TreeError, check_tree, normalise, to_json
from wabolt.segments.services.live import evaluate_again, forget_members

NAME_LENGTH = 100
DESCRIPTION_LENGTH = 300


@transaction.atomic
def create_segment(
    *, workspace: Workspace, name: str, tree: Node, description: str = "", by: User | None = None
) -> Segment:
    """Store a new segment. Raises DomainError (`field` "name" or "tree") for a name in use or a tree that the
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
    """Change a segment. Broadcasts with a frozen audience keep it. Raises the same errors as `create_segment`.

    If the segment is live and its conditions change, all contacts are evaluated again. Those who are in it or no longer
    in it because of that have not entered or left: there are no events.
    """
    before = segment.tree
    _fill(segment, name, tree, description)
    segment.updated_at = clock.now()
    _save(segment)
    if segment.tree != before:
        evaluate_again(segment=segment)
    _audit(segment, "segment.update", by)
    return segment


@transaction.atomic
def delete_segment(*, segment: Segment, by: User | None = None) -> None:
    """Delete a segment. Its contacts and the messages sent to it stay. Raises DomainError "segment_in_use" while
    something needs it as a live segment."""
    reasons = segment.live_reasons.values_list("reason", flat=True)
    if uses := describe_reasons(segment.workspace, reasons):
        names = ", ".join(use.text for use in uses)
        raise DomainError(_("This segment is needed by: %(names)s.") % {"names": names}, code="segment_in_use")
    _audit(segment, "segment.delete", by)
    forget_members(segment=segment)
    segment.delete()


@transaction.atomic
def duplicate_segment(*, segment: Segment, by: User | None = None) -> Segment:
    """Store a copy under the first free name of "… (copy)", "… (copy 2)" and so on."""
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
        check_tree(tree, catalogue(segment.workspace))
    except TreeError as error:
        raise DomainError(error_text(error), code=error.code, field="tree") from error
    segment.name, segment.description = name, description.strip()[:DESCRIPTION_LENGTH]
    segment.tree = to_json(tree)


def _save(segment: Segment) -> None:
    """Two requests may take the same name at the same time; the database lets one of them through."""
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
