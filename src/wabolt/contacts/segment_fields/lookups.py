"""Names of tags and cities, looked up before a segment's statement is built.

Ids instead of joins let PostgreSQL plan with the statistics of that tag.
"""

from collections.abc import Mapping, Sequence

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Tag
from wabolt.contacts.queries import cities
from wabolt.lib.cities import other_spelling
from wabolt.lib.row_lookups import RowLookup

MAX_CITIES = 3000
"""With more spellings the column holds no cities, and a look-up costs more than it saves."""


class CityLookup:
    """The stored spellings of cities by lower-case name."""

    key = "city"
    strict = True

    def resolve(self, workspace: Workspace, words: Sequence[str]) -> Mapping[str, Sequence[str]] | None:
        """All spellings of all cities, or None for too many. A word that is another name of a city ("jogja", "jkt")
        finds the contacts of that city, too."""
        spellings = cities(workspace, limit=MAX_CITIES + 1)
        if len(spellings) > MAX_CITIES:
            return None
        by_lower: dict[str, list[str]] = {}
        for spelling in spellings:
            by_lower.setdefault(spelling.lower(), []).append(spelling)
        for word in words:
            if city := other_spelling(word):
                stored = (*by_lower.get(word.lower(), ()), *by_lower.get(city.lower(), ()))
                by_lower[word.lower()] = list(dict.fromkeys(stored))
        return by_lower

    def suggest(self, workspace: Workspace, limit: int) -> list[str]:
        """One spelling of each city."""
        found = self.resolve(workspace, ()) or {}
        return sorted(spellings[0] for spellings in found.values())[:limit]


TAGS = RowLookup("tag", lambda workspace: Tag.objects.filter(workspace=workspace))
CITIES = CityLookup()
