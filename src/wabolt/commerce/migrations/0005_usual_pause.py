from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("commerce", "0004_waiting_carts")]

    operations = [
        migrations.AddField(
            model_name="purchasefacts",
            name="usual_pause",
            field=models.DurationField(
                help_text="median of the time between the days with an order, of the two years before the newest one;"
                " null: fewer than HABIT_DAYS days",
                null=True,
            ),
        ),
    ]
