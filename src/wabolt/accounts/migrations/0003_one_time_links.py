"""Adds invitations and sign-in links. A trigger refuses to turn a demo shop into an ordinary one, and vice versa."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import wabolt.lib.clock

DEMO_STAYS = """
CREATE FUNCTION accounts_demo_stays_demo() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a demo workspace stays one';
END $$;
CREATE TRIGGER accounts_demo_stays_demo BEFORE UPDATE ON accounts_workspace
    FOR EACH ROW WHEN (OLD.is_demo IS DISTINCT FROM NEW.is_demo) EXECUTE FUNCTION accounts_demo_stays_demo();
"""
DEMO_MAY_CHANGE = """
DROP TRIGGER accounts_demo_stays_demo ON accounts_workspace;
DROP FUNCTION accounts_demo_stays_demo;
"""


def _to_user() -> models.ForeignKey:
    return models.ForeignKey(
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_append_only_audit")]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(help_text="whom the owner means", max_length=100)),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "Owner"), ("manager", "Manager"), ("agent", "Agent"), ("viewer", "Viewer")],
                        max_length=10,
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=wabolt.lib.clock.now)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("created_by", _to_user()),
                ("used_by", _to_user()),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="accounts.workspace",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SignInLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.RunSQL(DEMO_STAYS, DEMO_MAY_CHANGE),
    ]
