"""Makes wordings immutable. A new text is a new version."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION consent_wording_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a wording is never edited: add a new version';
END $$;
CREATE TRIGGER consent_wording_fixed BEFORE UPDATE ON consent_wording
    FOR EACH ROW EXECUTE FUNCTION consent_wording_fixed();
"""
BACKWARD = """
DROP TRIGGER consent_wording_fixed ON consent_wording;
DROP FUNCTION consent_wording_fixed;
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0002_append_only_ledger")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
