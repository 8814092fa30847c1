from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0007_simulated_pictures")]

    operations = [
        migrations.AddField("linkednumber", "phone_known", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("linkednumber", "phone_off_since", models.DateTimeField(null=True)),
    ]
