"""Adds restrictions, and permits one change of the ledger: an erasure removes the person's words from an entry."""

import django.db.models.deletion
from django.db import migrations, models

import wabolt.lib.clock

FORWARD = """
DROP TRIGGER consent_ledger_append_only ON consent_consentevent;
CREATE FUNCTION consent_ledger_redaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.redaction <> '' OR NEW.redaction !~ '^[0-9a-f]{64}$' OR NOT OLD.evidence @> NEW.evidence
       OR to_jsonb(OLD) - '{evidence,redaction}'::text[] <> to_jsonb(NEW) - '{evidence,redaction}'::text[] THEN
        RAISE EXCEPTION 'the consent ledger is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER consent_ledger_append_only BEFORE DELETE ON consent_consentevent
    FOR EACH STATEMENT EXECUTE FUNCTION consent_ledger_append_only();
CREATE TRIGGER consent_ledger_redaction BEFORE UPDATE ON consent_consentevent
    FOR EACH ROW EXECUTE FUNCTION consent_ledger_redaction();
"""
BACKWARD = """
DROP TRIGGER consent_ledger_redaction ON consent_consentevent;
DROP TRIGGER consent_ledger_append_only ON consent_consentevent;
DROP FUNCTION consent_ledger_redaction;
CREATE TRIGGER consent_ledger_append_only BEFORE UPDATE OR DELETE ON consent_consentevent
    FOR EACH STATEMENT EXECUTE FUNCTION consent_ledger_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("consent", "0009_wording_of_one_way_in"),
        ("contacts", "0016_unread_since"),
    ]
    operations = [
        migrations.AddField(
            model_name="consentevent",
            name="redaction",
            field=models.CharField(
                db_default="",
                default="",
                help_text="keyed seal of an entry whose free text an erasure removed (consent.services.redaction)",
                max_length=64,
            ),
        ),
        migrations.CreateModel(
            name="Restriction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField(default=wabolt.lib.clock.now)),
                (
                    "contact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="contacts.contact"
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.workspace",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
