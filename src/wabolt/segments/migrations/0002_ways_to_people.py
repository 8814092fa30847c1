"""Two small indexes over tables of lower rooms that only segments ask for.

The erased are few, and so are orders that did not complete: indexes of these alone spare a look at everybody's row,
and cost a write only where somebody is erased or an order is cancelled.
"""

from django.db import migrations

FORWARD = """
CREATE INDEX contact_erased ON contacts_contact (workspace_id, id) WHERE erased_at IS NOT NULL;
CREATE INDEX order_not_completed ON commerce_order (id) WHERE state <> 'completed';
"""
BACKWARD = """
DROP INDEX contact_erased;
DROP INDEX order_not_completed;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0001_initial"),
        ("contacts", "0003_partitions_and_erased"),
        ("commerce", "0001_initial"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
