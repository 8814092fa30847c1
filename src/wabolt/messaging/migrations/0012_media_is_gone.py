"""MediaFile lives in the room `media` now. Its old state goes last, when no column points to it any more."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("broadcasts", "0007_media_moves_out"),
        ("messaging", "0011_media_moves_out"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="MediaFile")]),
    ]
