from django.db import migrations, models

COMPUTE = """
UPDATE commerce_purchasefacts f SET usual_pause = h.usual
  FROM (SELECT contact_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY pause) AS usual
          FROM (SELECT contact_id, at - lag(at) OVER (PARTITION BY contact_id ORDER BY at) AS pause
                  FROM (SELECT o.contact_id, max(o.ordered_at) AS at
                          FROM commerce_order o
                          JOIN commerce_purchasefacts p ON p.contact_id = o.contact_id AND p.orders >= 3
                          JOIN accounts_workspace w ON w.id = o.workspace_id
                         WHERE o.state = 'completed' AND o.ordered_at > p.last_order_at - interval '730 days'
                         GROUP BY o.contact_id, (o.ordered_at AT TIME ZONE w.timezone)::date) AS days) AS pauses
         GROUP BY contact_id
        HAVING count(pause) >= 2) h
 WHERE f.contact_id = h.contact_id
"""


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
        migrations.RunSQL(COMPUTE, migrations.RunSQL.noop),
    ]
