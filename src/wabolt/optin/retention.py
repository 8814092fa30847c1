"""Retention of answers to forms, and of the guest lists of events. Rows stay, because reports count them."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from wabolt.lib.retention import RetentionClass, counting, emptying, register_retention

# The answers of a guest belong to the event: they are needed until it is over, however early the guest registered.
_ANSWERS = """
SELECT en.id FROM optin_entry en
 WHERE en.workspace_id = %(workspace)s AND en.state = 'confirmed' AND en.confirmed_at < %(before)s
   AND en.answers <> '{}' AND NOT EXISTS (SELECT FROM optin_shopevent ev WHERE ev.point_id = en.point_id)
"""
_GUESTS = """
SELECT r.id FROM optin_registration r
  JOIN optin_shopevent ev ON ev.id = r.event_id JOIN optin_entry en ON en.id = r.entry_id
 WHERE r.workspace_id = %(workspace)s AND ev.ends_at < %(before)s AND (r.name <> '' OR en.answers <> '{}')
"""
_EMPTY_ANSWERS = "UPDATE optin_entry SET answers = '{}' WHERE id = ANY(%(ids)s)"
_EMPTY_GUESTS = """
WITH guests AS (UPDATE optin_registration SET name = '' WHERE id = ANY(%(ids)s) RETURNING entry_id)
UPDATE optin_entry en SET answers = '{}' FROM guests WHERE en.id = guests.entry_id
"""


def register() -> None:
    """Called from `OptinConfig.ready`."""
    register_retention(
        RetentionClass(
            "form_answers",
            _("Answers to your forms"),
            _("The answers in the way in are deleted. Values of the contact and all figures stay."),
            lambda count: ngettext("%(count)s answered form", "%(count)s answered forms", count),
            counting(_ANSWERS),
            emptying(_ANSWERS, "en", _EMPTY_ANSWERS),
            least_months=3,
            order=22,
        ),
        RetentionClass(
            "registrations",
            _("Guest lists of past events"),
            _("Names and answers in the list are deleted. Attendance and all figures stay."),
            lambda count: ngettext("%(count)s guest of past events", "%(count)s guests of past events", count),
            counting(_GUESTS),
            emptying(_GUESTS, "r", _EMPTY_GUESTS),
            least_months=1,
            order=23,
        ),
    )
