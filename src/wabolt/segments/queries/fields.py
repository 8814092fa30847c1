"""The catalogue of one workspace: the built-in fields and the shop's own."""

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Field
from wabolt.lib import formats
from wabolt.segments.rules import Catalogue, custom_field
from wabolt.segments.rules.catalogue import CUSTOM_KINDS


def catalogue(workspace: Workspace) -> Catalogue:
    """Return what a segment of this workspace may ask about. One query."""
    fields = Field.objects.filter(workspace=workspace, archived_at=None)
    own = (
        custom_field(
            key=field.key,
            label=field.label,
            kind=CUSTOM_KINDS[field.kind],
            options=tuple(map(str, field.choices)) if field.kind == Field.Kind.CHOICE else (),
        )
        for field in fields
    )
    currency = workspace.currency
    units = {currency.lower(), formats.SYMBOLS.get(currency, currency).lower()}
    return Catalogue(own, decimals=formats.decimals_of(currency), units=tuple(sorted(units)))
