"""Adds the trigger for guarantee 1: no promotion is sent without a valid marketing consent."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION messaging_promotion_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM consent_consent c
        WHERE c.contact_id = NEW.contact_id AND c.purpose = 'marketing' AND c.state = 'granted'
    ) THEN
        RAISE EXCEPTION 'message % is a promotion to contact % without standing consent', NEW.id, NEW.contact_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'messaging_promotion_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER messaging_promotion_guard BEFORE INSERT OR UPDATE OF state ON messaging_message
    FOR EACH ROW WHEN (NEW.state = 'sending' AND NEW.purpose = 'marketing')
    EXECUTE FUNCTION messaging_promotion_guard();
"""
BACKWARD = """
DROP TRIGGER messaging_promotion_guard ON messaging_message;
DROP FUNCTION messaging_promotion_guard;
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial"), ("consent", "0002_append_only_ledger")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
