"""The form that lets the customers of a segment into a journey."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.segments.models import Segment
from wabolt.segments.queries import list_segments, print_tree, segment_tree


class EnrollForm(forms.Form):
    """The segment whose customers enter."""

    segment = forms.ModelChoiceField(
        Segment.objects.none(), label=_("Which customers?"), empty_label=_("Choose a segment"),
        help_text=_("Those who are inside, and those who may not enter again, are left out."),
    )  # fmt: skip

    def __init__(self, workspace: Workspace, *args: Any) -> None:
        super().__init__(*args)
        self.fields["segment"].queryset = list_segments(workspace)  # type: ignore[attr-defined]

    def text(self) -> str:
        """The condition of the chosen segment. Raises segments.queries.SegmentError for one that cannot be read."""
        return print_tree(segment_tree(self.cleaned_data["segment"]), get_language() or "id")
