"""Seals the proxies of linked numbers, which were stored in plain text."""

from typing import Any

from django.apps.registry import Apps
from django.db import migrations

from wabolt.lib import vault


def seal_proxies(apps: Apps, _schema_editor: Any) -> None:
    channels = apps.get_model("channels", "Channel")._default_manager
    for channel in channels.filter(options__has_key="proxy"):
        address = channel.options.pop("proxy")
        if address:
            channel.options["sealed_proxy"] = vault.seal(str(address))
        channel.save(update_fields=["options"])


class Migration(migrations.Migration):
    dependencies = [("channels", "0010_plain_help_texts")]
    operations = [migrations.RunPython(seal_proxies, migrations.RunPython.noop)]
