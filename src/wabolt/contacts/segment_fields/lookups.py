"""Names of tags and cities, looked up before a segment's statement is built.

Ids instead of joins let PostgreSQL plan with the statistics of the very tag.
"""

from collections.abc import Mapping, Sequence

from django.db import connection
from django.db.models import Value
from django.db.models.functions import Lower

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Tag
from wabolt.lib.cities import other_spelling

MAX_CITIES = 3000
"""With more spellings the column holds no cities, and a look-up costs more than it saves."""

# Jumps through the index from one spelling to the next.
_CITIES = """
    WITH RECURSIVE spelling(city, place) AS (
        (SELECT city, 1 FROM contacts_contact WHERE workspace_id = %s ORDER BY city LIMIT 1)
        UNION ALL
        SELECT following.city, spelling.place + 1
        FROM spelling CROSS JOIN LATERAL (
            SELECT c.city FROM contacts_contact c
            WHERE c.workspace_id = %s AND c.city > spelling.city ORDER BY c.city LIMIT 1
        ) following
        WHERE spelling.place <= %s
    )
    SELECT city FROM spelling
"""


class TagLookup:
    """Tags by name."""

    key = "tag"
    strict = True

    def resolve(self, workspace: Workspace, words: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Ids by lower-case name. The database lowers the words, because Python lowers some alphabets differently."""
        lowered = [Lower(Value(word)) for word in words]
        rows = Tag.objects.alias(low=Lower("name")).filter(workspace=workspace, low__in=lowered)
        return {name.lower(): [pk] for pk, name in rows.values_list("id", "name")}

    def suggest(self, workspace: Workspace, limit: int) -> list[str]:
        """All tags by name."""
        return list(Tag.objects.filter(workspace=workspace).order_by("name").values_list("name", flat=True)[:limit])


class CityLookup:
    """The stored spellings of cities by lower-case name."""

    key = "city"
    strict = True

    def resolve(self, workspace: Workspace, words: Sequence[str]) -> Mapping[str, Sequence[str]] | None:
        """All spellings of all cities, or None for too many. A word that is another name of a city ("jogja", "jkt")
        finds the contacts of that city, too."""
        with connection.cursor() as cursor:
            cursor.execute(_CITIES, [workspace.pk, workspace.pk, MAX_CITIES])
            spellings = [city for (city,) in cursor.fetchall()]
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
        cities = self.resolve(workspace, ()) or {}
        return sorted(spellings[0] for city, spellings in cities.items() if city)[:limit]


TAGS = TagLookup()
CITIES = CityLookup()
