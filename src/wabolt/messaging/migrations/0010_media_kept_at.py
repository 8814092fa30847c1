from django.db import migrations, models

import wabolt.lib.clock


class Migration(migrations.Migration):
    dependencies = [("messaging", "0009_content_expiry")]
    operations = [
        migrations.AddField(
            model_name="mediafile",
            name="kept_at",
            field=models.DateTimeField(
                default=wabolt.lib.clock.now, help_text="when somebody last stored it: nobody uses it yet"
            ),
        ),
    ]
