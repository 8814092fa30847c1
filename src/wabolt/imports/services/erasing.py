"""Removes a person's data from past imports: from the refused rows, from abandoned uploads, and from the
names of files."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.imports.services.lifecycle import STILL_CHOOSING, drop_abandoned

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
# A file of one person is often called like the person: Ayu_Lestari.vcf.
_NAMES = r"""
UPDATE imports_import SET filename = '?'
 WHERE workspace_id = %(workspace)s
   AND (EXISTS (SELECT FROM unnest(%(words)s::text[]) AS name (words)
                 WHERE words ~ '[ @]'
                   AND position(translate(words, '_-+', '   ') IN translate(lower(filename), '_-+', '   ')) > 0)
        OR EXISTS (SELECT FROM unnest(%(digits)s::text[]) AS number (digits)
                    WHERE position(digits IN regexp_replace(filename, '\D', '', 'g')) > 0))
"""


@transaction.atomic
def empty_rejections(*, workspace: Workspace, words: Sequence[str], digits: Sequence[str]) -> None:
    """Empties the refused rows about a person, and drops abandoned uploads (`drop_abandoned`): such a file may name
    the person. A file name with a full name, an e-mail address or a number of the person is replaced.

    A row is about the person if a whole cell equals one of `words` (customer codes, e-mail addresses, full names; case
    does not matter), or if its digits contain one of `digits` (national numbers, so that every notation matches).
    """
    lowered = [word.lower() for word in words if word]
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"workspace": workspace.pk, "words": lowered, "digits": list(digits)}
        cursor.execute(_EMPTY + _ABOUT, values)
        cursor.execute(_NAMES, values)
    drop_abandoned(workspace=workspace, after=STILL_CHOOSING)


def rejections_about(*, workspace: Workspace, words: Sequence[str], digits: Sequence[str]) -> list[dict[str, Any]]:
    """Returns the cells of the refused rows that `empty_rejections` would empty."""
    lowered = [word.lower() for word in words if word]
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"workspace": workspace.pk, "words": lowered, "digits": list(digits)})
        return [{"cells": json.loads(cells)} for (cells,) in cursor.fetchall()]
