"""Adds positions of events, which survive a restore into another cluster, and durable consumers."""

import django.db.models.deletion
from django.db import migrations, models

import wabolt.lib.clock

# `xid` contained a transaction id, which has no meaning in another cluster. `position` is the transaction id plus a shift that
# a restore raises. A function holds the shift: it is part of every dump, and the planner folds it into a constant.
FORWARD = """
CREATE FUNCTION contacts_event_shift() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 0::bigint';
ALTER TABLE contacts_event ALTER COLUMN xid DROP DEFAULT;
ALTER TABLE contacts_event ALTER COLUMN xid TYPE bigint USING xid::text::bigint;
ALTER TABLE contacts_event RENAME COLUMN xid TO position;
ALTER TABLE contacts_event ALTER COLUMN position
    SET DEFAULT pg_current_xact_id()::text::bigint + contacts_event_shift();
-- Positions below the horizon belong to transactions that no unfinished one precedes.
CREATE FUNCTION contacts_event_horizon() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
    'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + contacts_event_shift()';
"""
BACKWARD = """
DROP FUNCTION contacts_event_horizon();
ALTER TABLE contacts_event ALTER COLUMN position DROP DEFAULT;
ALTER TABLE contacts_event RENAME COLUMN position TO xid;
ALTER TABLE contacts_event ALTER COLUMN xid TYPE xid8 USING xid::text::xid8;
ALTER TABLE contacts_event ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
DROP FUNCTION contacts_event_shift();
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0009_imports_moved")]
    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(FORWARD, BACKWARD)],
            [
                migrations.AddField(
                    "event",
                    "position",
                    models.BigIntegerField(
                        db_default=models.expressions.RawSQL(
                            "pg_current_xact_id()::text::bigint + contacts_event_shift()", []
                        )
                    ),
                )
            ],
        ),
        migrations.CreateModel(
            name="Consumer",
            fields=[
                ("holder", models.CharField(db_default="", default="", help_text="owner of the lease; empty: free", max_length=100)),
                ("token", models.BigIntegerField(db_default=0, default=0, help_text="fencing token: grows with each new owner")),
                ("beat", models.BigIntegerField(db_default=0, default=0, help_text="grows with each renewal of the lease")),
                ("name", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("position", models.BigIntegerField(default=0)),
                ("event_id", models.BigIntegerField(default=0)),
                ("crashes", models.PositiveIntegerField(default=0, help_text="processes that died in a batch since the last committed one")),
                ("moved_at", models.DateTimeField(default=wabolt.lib.clock.now, help_text="when the offset last changed")),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="ParkedEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.BigIntegerField()),
                ("event_time", models.DateTimeField(help_text="with `event_id` the key of the event")),
                ("kind", models.CharField(max_length=40)),
                ("error", models.CharField(max_length=300)),
                ("attempts", models.PositiveIntegerField(default=1)),
                ("parked_at", models.DateTimeField(default=wabolt.lib.clock.now)),
                ("retry_at", models.DateTimeField(help_text="when a member asked for another attempt", null=True)),
                ("consumer", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="parked", to="contacts.consumer")),
                ("contact", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="contacts.contact")),
                ("workspace", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("consumer", "event_id"), name="parked_event_once")],
            },
        ),
    ]  # fmt: skip
