import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("broadcasts", "0003_to_strangers"),
        ("messaging", "0004_media"),
    ]

    operations = [
        migrations.AddField(
            model_name="broadcast",
            name="media",
            field=models.ForeignKey(
                blank=True,
                help_text="`text` is its caption",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="messaging.mediafile",
            ),
        ),
    ]
