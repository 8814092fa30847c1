"""Computes the usual pause of the customers who ordered before it was kept, some at a time.

Each batch is a transaction of its own, so orders are recorded meanwhile. A run that is killed leaves the batches before
it; the next run goes on with the customers who have no value yet.
"""

from typing import Any

from django.db import migrations, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

AT_ONCE = 2000
"""Customers of a batch."""
HOLD = """
SELECT contact_id FROM commerce_purchasefacts
 WHERE contact_id > %(after)s AND orders >= 3 AND usual_pause IS NULL
 ORDER BY contact_id LIMIT %(at_once)s FOR NO KEY UPDATE
"""
COMPUTE = """
UPDATE commerce_purchasefacts f SET usual_pause = h.usual
  FROM (SELECT contact_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY pause) AS usual
          FROM (SELECT contact_id, at - lag(at) OVER (PARTITION BY contact_id ORDER BY at) AS pause
                  FROM (SELECT o.contact_id, max(o.ordered_at) AS at
                          FROM commerce_order o
                          JOIN commerce_purchasefacts p ON p.contact_id = o.contact_id
                          JOIN accounts_workspace w ON w.id = o.workspace_id
                         WHERE o.contact_id = ANY(%(contacts)s)
                           AND o.state = 'completed' AND o.ordered_at > p.last_order_at - interval '730 days'
                         GROUP BY o.contact_id, (o.ordered_at AT TIME ZONE w.timezone)::date) AS days) AS pauses
         GROUP BY contact_id
        HAVING count(pause) >= 2) h
 WHERE f.contact_id = h.contact_id
"""


def compute(connection: BaseDatabaseWrapper, *, at_once: int = AT_ONCE) -> None:
    """Fills `usual_pause`, a transaction for each batch."""
    contacts = [0]
    while contacts:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(HOLD, {"after": contacts[-1], "at_once": at_once})
            contacts = [contact for (contact,) in cursor.fetchall()]
            cursor.execute(COMPUTE, {"contacts": contacts})


def forwards(_apps: Any, schema_editor: Any) -> None:
    compute(schema_editor.connection)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("commerce", "0005_usual_pause")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop, atomic=False)]
