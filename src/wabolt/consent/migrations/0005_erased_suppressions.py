"""Replaces the suppressed addresses of erased people by keyed pseudonyms (consent.models.Suppression)."""

from typing import Any

from django.db import migrations

from wabolt.lib.pseudonyms import pseudonym


def hide_erased(apps: Any, _editor: Any) -> None:
    erased = set(apps.get_model("contacts", "ErasedIdentity").objects.values_list("workspace_id", "digest"))
    if not erased:
        return
    identities = apps.get_model("contacts", "Identity").objects
    for row in apps.get_model("consent", "Suppression").objects.iterator():
        digest = pseudonym(row.workspace_id, row.kind, row.value)
        living = identities.filter(workspace_id=row.workspace_id, kind=row.kind, value=row.value)
        if (row.workspace_id, digest) in erased and not living.exists():
            row.value = f"erased:{digest}"
            row.save(update_fields=["value"])


class Migration(migrations.Migration):
    dependencies = [("consent", "0004_by_time"), ("contacts", "0008_keyed_erasures")]

    operations = [migrations.RunPython(hide_erased, migrations.RunPython.noop)]
