"""Segment fields of giveaways: the giveaway that a contact took part in, and the one that a contact won."""

from dataclasses import replace

from django.utils.translation import pgettext_lazy as pgettext

from wabolt.lib.row_lookups import RowLookup
from wabolt.optin.models import EntryPoint
from wabolt.optin.segment_fields import GROUP
from wabolt.segments.registry import (
    ContactRows,
    FieldSpec,
    Kind,
    named_rows,
    register_fields,
    register_lookup,
)

_TOOK_PART = ContactRows("optin_entrant oe", "oe.contact_id", here="oe.workspace_id = %s")
_WON = replace(_TOOK_PART, where="oe.place IS NOT NULL")
# Archived giveaways are found too, because the people who took part stay.
_GIVEAWAYS = RowLookup(
    "giveaway",
    lambda workspace: EntryPoint.objects.filter(workspace=workspace, kind=EntryPoint.Kind.GIVEAWAY),
    newest_first=True,
)


def register() -> None:
    """Called from `OptinConfig.ready`."""
    register_lookup(_GIVEAWAYS)
    register_fields(
        GROUP,
        FieldSpec(
            "took part in",
            Kind.TAG,
            "ways in",
            pgettext("segment", "Took part in the giveaway"),
            words={"id": ("ikut hadiah",)},
            aliases=("ikut giveaway", "joined giveaway"),
            lookup="giveaway",
            leaf=named_rows(_TOOK_PART, "oe.giveaway_id"),
            changed_by=frozenset({"giveaway_entered"}),
            sentences={
                "": pgettext("segment", "took part in the giveaway {}"),
                "not:": pgettext("segment", "did not take part in the giveaway {}"),
                "in": pgettext("segment", "took part in one of the giveaways {}"),
                "not:in": pgettext("segment", "took part in none of the giveaways {}"),
                "is not empty": pgettext("segment", "took part in any giveaway"),
                "is empty": pgettext("segment", "took part in no giveaway"),
            },
        ),
        FieldSpec(
            "won giveaway",
            Kind.TAG,
            "ways in",
            pgettext("segment", "Won in the giveaway"),
            words={"id": ("menang hadiah",)},
            aliases=("menang giveaway", "won in"),
            lookup="giveaway",
            leaf=named_rows(_WON, "oe.giveaway_id"),
            changed_by=frozenset({"giveaway_won", "giveaway_lost"}),
            sentences={
                "": pgettext("segment", "won in the giveaway {}"),
                "not:": pgettext("segment", "did not win in the giveaway {}"),
                "in": pgettext("segment", "won in one of the giveaways {}"),
                "not:in": pgettext("segment", "won in none of the giveaways {}"),
                "is not empty": pgettext("segment", "won in any giveaway"),
                "is empty": pgettext("segment", "won in no giveaway"),
            },
        ),
    )
