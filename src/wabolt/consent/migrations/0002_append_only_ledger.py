"""Makes the ledger append-only: triggers refuse changes and deletions by the application's database role."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION consent_ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the consent ledger is append-only';
END $$;
CREATE TRIGGER consent_ledger_append_only BEFORE UPDATE OR DELETE ON consent_consentevent
    FOR EACH STATEMENT EXECUTE FUNCTION consent_ledger_append_only();
-- A trigger of its own, because the test suite empties tables between tests and takes only this one off.
CREATE TRIGGER consent_ledger_no_truncate BEFORE TRUNCATE ON consent_consentevent
    FOR EACH STATEMENT EXECUTE FUNCTION consent_ledger_append_only();
"""
BACKWARD = """
DROP TRIGGER consent_ledger_no_truncate ON consent_consentevent;
DROP TRIGGER consent_ledger_append_only ON consent_consentevent;
DROP FUNCTION consent_ledger_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
