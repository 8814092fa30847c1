"""Conditions of a journey as a form asks for them: a saved segment, or a text of the segment language."""

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.segments.models import Segment
from wabolt.segments.queries import SegmentError, error_text, print_tree, segment_tree, tree_from_text


def checked_condition(workspace: Workspace, segment: Segment | None, text: str) -> str:
    """The text of the condition: of the saved segment if one is given, else `text`. Raises ValidationError."""
    try:
        if segment is not None:
            return print_tree(segment_tree(segment), get_language() or "id")
        tree_from_text(workspace, text)
    except SegmentError as error:
        raise ValidationError(error_text(error)) from error
    if not text.strip():
        raise ValidationError(_("Choose a segment, or write a condition."))
    return text.strip()
