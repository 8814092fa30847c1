"""The fields about consent that segments can use."""

from django.utils.translation import pgettext_lazy as pgettext

from wabolt.lib.segmentation import (
    Condition,
    Context,
    FieldGroup,
    FieldSpec,
    JoinedTable,
    Kind,
    Sql,
    reads,
    register_fields,
    register_table,
)

STATES = ("granted", "withdrawn", "none")
_LABELS = {
    "granted": pgettext("segment", "has agreed"),
    "withdrawn": pgettext("segment", "has stopped"),
    "none": pgettext("segment", "never asked"),
}
_WORDS = {"id": {"granted": ("setuju",), "withdrawn": ("berhenti",), "none": ("belum",)}}


def _field(key: str, label: object, alias: str, words: tuple[str, ...], aliases: tuple[str, ...]) -> FieldSpec:
    def leaf(condition: Condition, _spec: FieldSpec, _context: Context) -> Sql:
        if condition.value == "none":
            return Sql(f"{alias}.state IS NULL")
        return Sql(f"{alias}.state = %s", (condition.value,), nullable=True)

    return FieldSpec(
        key,
        Kind.STATE,
        "consent",
        label,
        options=STATES,
        option_labels=_LABELS,
        option_words=_WORDS,
        words={"id": words},
        aliases=aliases,
        leaf=leaf,
        tables=reads(alias),
        changed_by=frozenset({"consent_granted", "consent_withdrawn"}),
    )


def register() -> None:
    """Called from `ConsentConfig.ready`."""
    for alias, purpose in (("cm", "marketing"), ("cs", "service")):
        condition = f"{alias}.workspace_id = %s AND {alias}.purpose = '{purpose}'"
        register_table(JoinedTable(alias, "consent_consent", condition))
    marketing, service = (
        pgettext("segment", "Permission for promotions"),
        pgettext("segment", "Permission for service messages"),
    )
    register_fields(
        FieldGroup("consent", pgettext("segment", "Permission"), 30),
        _field("consent marketing", marketing, "cm", ("izin promo", "izin promosi"), ("consent", "izin", "marketing")),
        _field("consent service", service, "cs", ("izin layanan",), ("service",)),
    )
