from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("broadcasts", "0011_plain_help_texts")]

    operations = [
        migrations.AddField(
            "broadcast",
            "content_class",
            models.CharField(
                choices=[("value", "Useful content"), ("promotion", "Promotion")],
                default="promotion",
                help_text="side of the 80/20 rule on which its messages count",
                max_length=10,
            ),
        ),
    ]
