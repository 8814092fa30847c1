from django.db import migrations, models
from django.db.models import deletion

COUNT = """
CREATE FUNCTION journeys_count_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO journeys_entrycount AS kept (journey_id, entered)
    SELECT journey_id, count(*) FROM fresh_rows GROUP BY 1 ORDER BY 1
        ON CONFLICT (journey_id) DO UPDATE SET entered = kept.entered + excluded.entered;
    RETURN NULL;
END $$;
CREATE TRIGGER journeys_count_entries AFTER INSERT ON journeys_enrollment REFERENCING NEW TABLE AS fresh_rows
    FOR EACH STATEMENT EXECUTE FUNCTION journeys_count_entries();
INSERT INTO journeys_entrycount (journey_id, entered) SELECT journey_id, count(*) FROM journeys_enrollment GROUP BY 1;
"""
DROP = "DROP TRIGGER journeys_count_entries ON journeys_enrollment; DROP FUNCTION journeys_count_entries();"


class Migration(migrations.Migration):
    dependencies = [("journeys", "0004_template_content")]

    operations = [
        migrations.CreateModel(
            name="EntryCount",
            fields=[
                (
                    "journey",
                    models.OneToOneField(
                        on_delete=deletion.CASCADE,
                        primary_key=True,
                        related_name="entry_count",
                        serialize=False,
                        to="journeys.journey",
                    ),
                ),
                ("entered", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.RunSQL(COUNT, DROP),
    ]
