"""Suppressed addresses of erased people: stored as pseudonyms, restored when the address comes back."""

from collections.abc import Iterable

from django.db import transaction

from wabolt.accounts.models import Workspace
from wabolt.consent.models import Suppression
from wabolt.consent.queries import erased_value

Pair = tuple[str, str]


@transaction.atomic
def hide_suppressed(*, workspace: Workspace, addresses: Iterable[Pair]) -> None:
    """Replaces these addresses (kind, value) by their pseudonyms wherever they are suppressed."""
    _replace(workspace, {(kind, value): (kind, erased_value(workspace, kind, value)) for kind, value in addresses})


@transaction.atomic
def show_suppressed(*, workspace: Workspace, addresses: Iterable[Pair]) -> None:
    """Replaces the pseudonyms of these addresses (kind, value) by the addresses wherever they are suppressed."""
    _replace(workspace, {(kind, erased_value(workspace, kind, value)): (kind, value) for kind, value in addresses})


def _replace(workspace: Workspace, new_of: dict[Pair, Pair]) -> None:
    stored = Suppression.objects.filter(workspace=workspace, value__in=[value for _kind, value in new_of])
    found = [row for row in stored.order_by("pk").select_for_update() if (row.kind, row.value) in new_of]
    Suppression.objects.filter(pk__in=[row.pk for row in found]).delete()
    for row in found:
        row.kind, row.value = new_of[row.kind, row.value]
    Suppression.objects.bulk_create(found, ignore_conflicts=True)
