"""Points the foreign key of a file to the table in the room `media`."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("broadcasts", "0006_resumed_at"),
        ("media", "0001_initial"),
        ("messaging", "0011_media_moves_out"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="broadcast",
                    name="media",
                    field=models.ForeignKey(
                        blank=True,
                        help_text="`text` is its caption",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="media.mediafile",
                    ),
                ),
            ],
        ),
    ]
