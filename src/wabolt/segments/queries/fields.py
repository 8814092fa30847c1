"""The catalogue of one workspace: the registered fields and the shop's own."""

from wabolt.accounts.models import Workspace
from wabolt.lib import formats
from wabolt.lib.segmentation import field_sources
from wabolt.segments.rules import Catalogue
from wabolt.segments.sentences import reader


def catalogue(workspace: Workspace) -> Catalogue:
    """Returns what a segment of this workspace may ask about. One query for each source of fields."""
    specs = [spec for source in field_sources() for spec in source(workspace)]
    currency = workspace.currency
    units = {currency.lower(), formats.SYMBOLS.get(currency, currency).lower()}
    return Catalogue(specs, decimals=formats.decimals_of(currency), units=tuple(sorted(units)), sentences=reader)
