"""Retention of the refused rows of past imports."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from wabolt.lib.retention import RetentionClass, counting, emptying, register_retention

_OLD = """
SELECT r.id FROM imports_importrejection r JOIN imports_import i ON i.id = r.imported_id
 WHERE i.workspace_id = %(workspace)s AND i.created_at < %(before)s AND r.cells <> '[]'
"""
_EMPTY = "UPDATE imports_importrejection SET cells = '[]', params = '{}' WHERE id = ANY(%(ids)s)"


def register() -> None:
    """Called from `ImportsConfig.ready`."""
    register_retention(
        RetentionClass(
            "rejections",
            _("Refused rows of imported files"),
            _("The cells are deleted. The number of refused rows and the reasons stay."),
            lambda count: ngettext("%(count)s row", "%(count)s rows", count),
            counting(_OLD),
            emptying(_OLD, "r", _EMPTY),
            order=40,
        )
    )
