"""Replaces the plain SHA-256 values in the erasure log, which can be reversed for phone numbers, by keyed pseudonyms."""

from typing import Any

from django.db import migrations

from wabolt.lib.pseudonyms import pseudonym_of_digest


def key_digests(apps: Any, _editor: Any) -> None:
    rows = list(apps.get_model("contacts", "ErasedIdentity").objects.all())
    for row in rows:
        row.digest = pseudonym_of_digest(row.workspace_id, row.digest)
    apps.get_model("contacts", "ErasedIdentity").objects.bulk_update(rows, ["digest"], batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0007_on_whatsapp")]

    operations = [migrations.RunPython(key_digests, migrations.RunPython.noop)]
