import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journeys", "0003_is_behind")]

    operations = [
        migrations.AddField(
            "journeystep",
            "template_content",
            models.ForeignKey(
                help_text="for the number of its template, as well",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="messaging.messagecontent",
            ),
        ),
    ]
