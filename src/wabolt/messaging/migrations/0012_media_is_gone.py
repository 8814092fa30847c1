"""Removes the former state of MediaFile, which is in the room `media` now, after all foreign keys were moved."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("broadcasts", "0007_media_moves_out"),
        ("messaging", "0011_media_moves_out"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="MediaFile")]),
    ]
