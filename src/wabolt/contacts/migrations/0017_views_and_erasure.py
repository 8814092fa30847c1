"""Adds views of contacts, and permits one change of the event log: an erasure removes texts from its data."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import wabolt.lib.clock

FORWARD = """
CREATE OR REPLACE FUNCTION contacts_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('wabolt.erasing', true) = 'on' AND OLD.data @> NEW.data
       AND to_jsonb(OLD) - 'data' = to_jsonb(NEW) - 'data' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'contacts_event is append-only';
END $$;
"""
BACKWARD = """
CREATE OR REPLACE FUNCTION contacts_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'contacts_event is append-only';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0016_unread_since"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.CreateModel(
            name="ContactView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("page", "Opened the contact's page"),
                            ("chat", "Read the conversation"),
                            ("export", "Exported it in a file"),
                            ("pack", "Made a copy for the person"),
                        ],
                        max_length=10,
                    ),
                ),
                ("day", models.DateField(help_text="in the time zone of the shop")),
                ("at", models.DateTimeField(default=wabolt.lib.clock.now, help_text="the first time on this day")),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contacts.contact",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
            options={
                "indexes": [models.Index(fields=["workspace", "day"], name="contact_view_by_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("contact", "day", "user", "how"), name="contact_view_once_a_day")
                ],
            },
        ),
    ]
