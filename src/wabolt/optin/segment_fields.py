"""Segment fields of opt-in: the way in that a contact joined through, and the branch."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Value
from django.db.models.functions import Lower
from django.utils.translation import pgettext_lazy as pgettext

from wabolt.accounts.models import Workspace
from wabolt.optin.models import EntryCode, EntryPoint
from wabolt.segments.registry import (
    NOBODY,
    Condition,
    Context,
    FieldGroup,
    FieldSpec,
    Kind,
    Sql,
    exists,
    found,
    register_fields,
    register_lookup,
)

GROUP = FieldGroup("ways in", pgettext("segment", "Ways in"), 45)
# Only confirmed entries have a contact (the constraint entry_confirmed_by_message).
_JOINED = "EXISTS (SELECT 1 FROM optin_entry oe WHERE oe.contact_id = c.id)"
_JOINED_AT_BRANCH = (
    "EXISTS (SELECT 1 FROM optin_entry oe JOIN optin_entrycode oc ON oc.id = oe.place_id"
    " WHERE oe.contact_id = c.id AND oc.branch <> '')"
)


class EntryPointLookup:
    """Entry points by name; archived ones too, because the people who joined there stay."""

    key = "entry point"
    strict = True

    def resolve(self, workspace: Workspace, words: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Ids by lower-case name."""
        rows = EntryPoint.objects.filter(workspace=workspace).annotate(lowered=Lower("name"))
        return _by_word(rows.filter(lowered__in=_lowered(words)).values_list("lowered", "pk"))

    def suggest(self, workspace: Workspace, limit: int) -> list[str]:
        """Names of the newest entry points."""
        rows = EntryPoint.objects.filter(workspace=workspace).order_by("-pk")
        return list(dict.fromkeys(rows.values_list("name", flat=True)[:limit]))


class BranchLookup:
    """The places of a branch, by the name of the branch."""

    key = "branch"
    strict = True

    def resolve(self, workspace: Workspace, words: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Ids of EntryCode by lower-case branch."""
        rows = EntryCode.objects.filter(workspace=workspace).exclude(branch="").annotate(lowered=Lower("branch"))
        return _by_word(rows.filter(lowered__in=_lowered(words)).values_list("lowered", "pk"))

    def suggest(self, workspace: Workspace, limit: int) -> list[str]:
        """All branches by name."""
        rows = EntryCode.objects.filter(workspace=workspace).exclude(branch="").order_by("branch")
        return list(rows.values_list("branch", flat=True).distinct()[:limit])


def _lowered(words: Sequence[str]) -> list[Lower]:
    """The words in lower case, by the database: Python lowers some alphabets differently."""
    return [Lower(Value(word)) for word in words]


def _by_word(rows: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    ids: dict[str, list[int]] = {}
    for lowered, pk in rows:
        ids.setdefault(lowered, []).append(pk)
    return ids


def leaf(condition: Condition, spec: FieldSpec, context: Context) -> Sql:
    """The contact joined through one of these entry points or branches, or through none at all."""
    column, joined = ("place_id", _JOINED_AT_BRANCH) if spec.lookup == "branch" else ("point_id", _JOINED)
    if condition.op == "is empty":
        return Sql(f"NOT {joined}")
    ids = found(context.names.get(spec.lookup), condition.value)
    if not ids:
        return NOBODY
    where = Sql(f"oe.{column} = ANY(%s::bigint[])", (ids,))
    here = Sql("oe.workspace_id = %s AND oe.contact_id IS NOT NULL", (context.workspace,))
    return exists("oe.contact_id", "optin_entry oe", where, here=here)


def register() -> None:
    """Called from `OptinConfig.ready`."""
    register_lookup(EntryPointLookup())
    register_lookup(BranchLookup())
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
            leaf=leaf,
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
            leaf=leaf,
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
