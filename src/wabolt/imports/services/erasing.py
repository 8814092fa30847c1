"""Removes a person's data from past imports: from the refused rows and from the sample on the column page."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from wabolt.accounts.models import Workspace

_EMPTY = r"""
UPDATE imports_importrejection r SET cells = '[]', params = '{}'
FROM imports_import i
WHERE """
_ABOUT = r"""i.id = r.imported_id AND i.workspace_id = %(workspace)s
  AND (EXISTS (SELECT FROM jsonb_array_elements_text(CASE jsonb_typeof(r.cells) WHEN 'array' THEN r.cells ELSE '[]' END)
                   AS cell (text) WHERE lower(cell.text) = ANY(%(words)s))
       OR EXISTS (
        SELECT FROM unnest(%(digits)s::text[]) AS number (digits)
        WHERE regexp_replace(r.cells::text, '\D', '', 'g') LIKE '%%' || digits || '%%'))
"""
_READ = f"SELECT r.cells FROM imports_importrejection r JOIN imports_import i ON true WHERE {_ABOUT} ORDER BY r.id"
_SAMPLES = """
UPDATE imports_import SET options = options - 'sample' WHERE workspace_id = %(workspace)s AND state <> 'mapping'
"""


@transaction.atomic
def empty_rejections(*, workspace: Workspace, words: Sequence[str], digits: Sequence[str]) -> None:
    """Empties refused rows in which a whole cell equals one of `words` (customer codes, e-mail addresses, full names;
    case does not matter) or whose digits contain one of `digits` (national numbers, so that every way to write them
    matches). Samples of imports whose columns are chosen are deleted."""
    lowered = [word.lower() for word in words if word]
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY + _ABOUT, {"workspace": workspace.pk, "words": lowered, "digits": list(digits)})
        cursor.execute(_SAMPLES, {"workspace": workspace.pk})


def rejections_about(*, workspace: Workspace, words: Sequence[str], digits: Sequence[str]) -> list[dict[str, Any]]:
    """The cells of the refused rows that `empty_rejections` would empty."""
    lowered = [word.lower() for word in words if word]
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"workspace": workspace.pk, "words": lowered, "digits": list(digits)})
        return [{"cells": json.loads(cells)} for (cells,) in cursor.fetchall()]
