"""Removes a person's data from the refused rows of past imports."""

from collections.abc import Sequence

from django.db import connection

from wabolt.accounts.models import Workspace

_EMPTY = r"""
UPDATE imports_importrejection r SET cells = '[]', params = '{}'
FROM imports_import i
WHERE i.id = r.imported_id AND i.workspace_id = %(workspace)s
  AND (r.cells ?| %(words)s OR EXISTS (
        SELECT FROM unnest(%(digits)s::text[]) AS number (digits)
        WHERE regexp_replace(r.cells::text, '\D', '', 'g') LIKE '%%' || digits || '%%'))
"""


def empty_rejections(*, workspace: Workspace, words: Sequence[str], digits: Sequence[str]) -> None:
    """Empties refused rows in which a whole cell equals one of `words` (customer codes) or whose digits contain one of
    `digits` (national numbers, so that every way to write them matches)."""
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY, {"workspace": workspace.pk, "words": list(words), "digits": list(digits)})
