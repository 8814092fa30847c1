"""Gives every shop a privacy page with its own address."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def add_settings(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    settings = apps.get_model("privacy", "PrivacySettings")
    for workspace in apps.get_model("accounts", "Workspace").objects.all():
        settings.objects.get_or_create(workspace=workspace)


class Migration(migrations.Migration):
    dependencies = [("privacy", "0001_initial")]
    operations = [migrations.RunPython(add_settings, migrations.RunPython.noop)]
