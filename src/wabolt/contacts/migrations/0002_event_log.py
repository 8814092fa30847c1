"""Creates the event log, a table partitioned by month, which Django models cannot express."""

from django.db import migrations

FORWARD = """
CREATE SEQUENCE contacts_event_id_seq AS bigint;
CREATE TABLE contacts_event (
    id bigint NOT NULL DEFAULT nextval('contacts_event_id_seq'),
    -- The contact's reference is enough: a contact never changes its workspace, and each check costs every event.
    workspace_id bigint NOT NULL,
    contact_id bigint NOT NULL REFERENCES contacts_contact (id) ON DELETE CASCADE,
    kind varchar(40) NOT NULL,
    time timestamptz NOT NULL,
    data jsonb NOT NULL DEFAULT '{}',
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (time, id)
) PARTITION BY RANGE (time);
ALTER SEQUENCE contacts_event_id_seq OWNED BY contacts_event.id;
CREATE INDEX contacts_event_of_contact ON contacts_event (contact_id, time DESC);
CREATE INDEX contacts_event_follow ON contacts_event (xid, id);
-- What is older than the monthly partitions, or in a month nobody prepared, has a place too.
CREATE TABLE contacts_event_rest PARTITION OF contacts_event DEFAULT;

CREATE FUNCTION contacts_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'contacts_event is append-only';
END $$;
CREATE TRIGGER contacts_event_append_only BEFORE UPDATE ON contacts_event
    FOR EACH ROW EXECUTE FUNCTION contacts_event_append_only();
"""
BACKWARD = """
DROP TABLE contacts_event;
DROP FUNCTION contacts_event_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
