"""Points the foreign keys of files to the table in the room `media`."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0001_initial"),
        ("messaging", "0010_media_kept_at"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="message",
                    name="media",
                    field=models.ForeignKey(
                        db_index=False,
                        help_text="what it carries itself; of a content, the content's media goes along",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="media.mediafile",
                    ),
                ),
                migrations.AlterField(
                    model_name="messagecontent",
                    name="media",
                    field=models.ForeignKey(
                        db_index=False,
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
