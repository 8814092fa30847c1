"""Segment fields of opt-in: the way in that a contact joined through, and the branch."""

from django.utils.translation import pgettext_lazy as pgettext

from wabolt.accounts.models import Workspace
from wabolt.lib.row_lookups import RowLookup
from wabolt.optin.models import EntryPoint, Placement
from wabolt.segments.registry import (
    ContactRows,
    FieldGroup,
    FieldSpec,
    Kind,
    named_rows,
    register_fields,
    register_lookup,
)

GROUP = FieldGroup("ways in", pgettext("segment", "Ways in"), 45)
# Only confirmed entries have a contact (the constraint entry_confirmed_by_message).
_JOINED = ContactRows("optin_entry oe", "oe.contact_id", here="oe.workspace_id = %s AND oe.contact_id IS NOT NULL")
_AT_BRANCH = "EXISTS (SELECT 1 FROM optin_placement oc WHERE oc.id = oe.placement_id AND oc.branch <> '')"
# Archived entry points are found too, because the people who joined there stay.
_POINTS = RowLookup("entry point", lambda workspace: EntryPoint.objects.filter(workspace=workspace), newest_first=True)
_BRANCHES = RowLookup(
    "branch", lambda workspace: Placement.objects.filter(workspace=workspace).exclude(branch=""), columns=("branch",)
)


def _placements_at_branches(workspace: Workspace) -> list[int]:
    """The placements of `_AT_BRANCH`."""
    return list(_BRANCHES.rows(workspace).order_by("pk").values_list("pk", flat=True))


_CHANGED_BY = frozenset({"entry_point_joined", "event_registered", "event_waiting", "giveaway_entered"})


def register() -> None:
    """Called from `OptinConfig.ready`."""
    register_lookup(_POINTS)
    register_lookup(_BRANCHES)
    register_fields(
        GROUP,
        FieldSpec(
            "joined by",
            Kind.TAG,
            "ways in",
            pgettext("segment", "Joined through"),
            words={"id": ("bergabung lewat",)},
            aliases=("joined through", "masuk lewat", "daftar lewat"),
            lookup="entry point",
            leaf=named_rows(_JOINED, "oe.point_id"),
            changed_by=_CHANGED_BY,
            sentences={
                "": pgettext("segment", "joined through {}"),
                "not:": pgettext("segment", "did not join through {}"),
                "in": pgettext("segment", "joined through one of {}"),
                "not:in": pgettext("segment", "joined through none of {}"),
                "is not empty": pgettext("segment", "joined through any way in"),
                "is empty": pgettext("segment", "joined through no way in"),
            },
        ),
        FieldSpec(
            "joined at branch",
            Kind.TAG,
            "ways in",
            pgettext("segment", "Joined at branch"),
            words={"id": ("bergabung di cabang",)},
            aliases=("joined at", "cabang", "branch"),
            lookup="branch",
            leaf=named_rows(_JOINED, "oe.placement_id", counted=_AT_BRANCH),
            changed_by=_CHANGED_BY,
            facts=_placements_at_branches,
            sentences={
                "": pgettext("segment", "joined at the branch {}"),
                "not:": pgettext("segment", "did not join at the branch {}"),
                "in": pgettext("segment", "joined at one of the branches {}"),
                "not:in": pgettext("segment", "joined at none of the branches {}"),
                "is not empty": pgettext("segment", "joined at any branch"),
                "is empty": pgettext("segment", "joined at no branch"),
            },
        ),
    )
