"""Reads of imports. The workspace is the first argument."""

from django.db.models import Count, QuerySet

from wabolt.accounts.models import Workspace
from wabolt.imports.models import Import, ImportRejection

MOST_REASONS = 12
FIRST_REJECTIONS = 5
"""Refused rows that the result page shows; the file has all of them."""


def imports(workspace: Workspace) -> QuerySet[Import]:
    """Returns all imports, newest first."""
    return Import.objects.filter(workspace=workspace).select_related("created_by").order_by("-id")


def get_import(workspace: Workspace, import_id: int) -> Import:
    """One import of this workspace. Raises Import.DoesNotExist."""
    return Import.objects.select_related("workspace", "created_by").get(workspace=workspace, pk=import_id)


def rejection_counts(imported: Import) -> list[tuple[str, int]]:
    """(code, number of refused rows), the most frequent first."""
    counted = imported.rejections.values_list("code").annotate(count=Count("id")).order_by("-count", "code")
    return list(counted[:MOST_REASONS])


def first_rejections(imported: Import) -> list[ImportRejection]:
    """Returns the first refused rows in the order of the file."""
    return list(imported.rejections.order_by("row")[:FIRST_REJECTIONS])
