"""Segment fields of giveaways: the giveaway that a contact took part in, and the one that a contact won."""

from collections.abc import Mapping, Sequence

from django.db.models import Value
from django.db.models.functions import Lower
from django.utils.translation import pgettext_lazy as pgettext

from wabolt.accounts.models import Workspace
from wabolt.optin.models import EntryPoint
from wabolt.optin.segment_fields import GROUP
from wabolt.segments.registry import (
    NOBODY,
    Condition,
    Context,
    FieldSpec,
    Kind,
    Sql,
    exists,
    found,
    register_fields,
    register_lookup,
)

_TOOK_PART = "EXISTS (SELECT 1 FROM optin_entrant oe WHERE oe.contact_id = c.id{won})"
_WON = " AND oe.place IS NOT NULL"


class GiveawayLookup:
    """Giveaways by name; archived ones too, because the people who took part stay."""

    key = "giveaway"
    strict = True

    def resolve(self, workspace: Workspace, words: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Ids by lower-case name."""
        rows = EntryPoint.objects.filter(workspace=workspace, kind=EntryPoint.Kind.GIVEAWAY)
        named = rows.annotate(lowered=Lower("name")).filter(lowered__in=[Lower(Value(word)) for word in words])
        ids: dict[str, list[int]] = {}
        for lowered, pk in named.values_list("lowered", "pk"):
            ids.setdefault(lowered, []).append(pk)
        return ids

    def suggest(self, workspace: Workspace, limit: int) -> list[str]:
        """Names of the newest giveaways."""
        rows = EntryPoint.objects.filter(workspace=workspace, kind=EntryPoint.Kind.GIVEAWAY).order_by("-pk")
        return list(dict.fromkeys(rows.values_list("name", flat=True)[:limit]))


def leaf(condition: Condition, spec: FieldSpec, context: Context) -> Sql:
    """The contact took part in, or won, one of these giveaways, or any."""
    won = _WON if spec.key == "won giveaway" else ""
    if condition.op == "is empty":
        return Sql(f"NOT {_TOOK_PART.format(won=won)}")
    here = Sql("oe.workspace_id = %s", (context.workspace,))
    ids = found(context.names.get(spec.lookup), condition.value)
    if not ids:
        return NOBODY
    where = Sql(f"oe.giveaway_id = ANY(%s::bigint[]){won}", (ids,))
    return exists("oe.contact_id", "optin_entrant oe", where, here=here)


def register() -> None:
    """Called from `OptinConfig.ready`."""
    register_lookup(GiveawayLookup())
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
            leaf=leaf,
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
            leaf=leaf,
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
