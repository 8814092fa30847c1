"""Adds two partial indexes for segments to tables of lower rooms.

Few contacts are erased, and few orders are not completed. Indexes of only these rows replace reads of all rows, and cost
a write only when a person is erased or an order is cancelled.
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
