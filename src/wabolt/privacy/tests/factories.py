"""Factories of the privacy desk."""

from collections.abc import Callable, Mapping
from typing import Any

from wabolt.accounts.models import Workspace
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.privacy.models import ErasureNotice


def make_notice(workspace: Workspace, **fields: Any) -> ErasureNotice:
    """A notice that was given up, about a contact of its own."""
    values = {
        "contact": make_contact(workspace), "address": "https://crm.example/hook", "state": "failed", "attempts": 13,
        "due_at": clock.now(), "settled_at": clock.now(), "problem": "500", **fields,
    }  # fmt: skip
    return ErasureNotice.objects.create(workspace=workspace, **values)


ISOLATION: Mapping[str, Callable[[Workspace], Mapping[str, Any]]] = {
    "notice_retry": lambda workspace: {"notice_id": make_notice(workspace).pk},
}
"""Objects that routes of this room refer to (`tests/guards/test_isolation.py`)."""
