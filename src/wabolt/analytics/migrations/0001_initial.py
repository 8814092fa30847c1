from django.db import migrations, models
from django.db.models import deletion

# {function: (table, the contacts of changed rows and every column that the attribution reads)}. A change touches the
# contact before and after it; a change of other columns touches nobody.
SOURCES = {
    "orders": (
        "commerce_order",
        "SELECT workspace_id, contact_id, id, ordered_at, total, state FROM {rows}",
    ),
    "clicks": (
        "messaging_click",
        """SELECT t.workspace_id, k.contact_id, k.id, k.link_id, k.at FROM {rows} AS k
             JOIN messaging_trackedlink l ON l.id = k.link_id JOIN messaging_messagecontent t ON t.id = l.content_id
            WHERE NOT k.is_bot""",
    ),
    "vouchers": (
        "commerce_voucher",
        """SELECT o.workspace_id, o.contact_id, v.id, v.order_id, v.origin_kind, v.origin_id FROM {rows} AS v
             JOIN commerce_order o ON o.id = v.order_id""",
    ),
}
TOUCH = """
CREATE FUNCTION analytics_touch_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {into} SELECT DISTINCT workspace_id, contact_id FROM ({fresh}) AS changed;
    ELSIF TG_OP = 'DELETE' THEN
        {into} SELECT DISTINCT workspace_id, contact_id FROM ({stale}) AS changed;
    ELSE
        {into} SELECT DISTINCT workspace_id, contact_id
                 FROM (({fresh} EXCEPT {stale}) UNION ALL ({stale} EXCEPT {fresh})) AS changed;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER analytics_touch_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_touch_{name}();
CREATE TRIGGER analytics_touch_update AFTER UPDATE ON {table}
    REFERENCING OLD TABLE AS stale_rows NEW TABLE AS fresh_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_touch_{name}();
CREATE TRIGGER analytics_touch_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS stale_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_touch_{name}();
"""
# The time zone decides what "the same day" is; the window and the content belong to the broadcast.
TOUCH_CLICKERS = """
CREATE FUNCTION analytics_touch_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {into} SELECT DISTINCT t.workspace_id, k.contact_id FROM messaging_messagecontent t
      JOIN messaging_trackedlink l ON l.content_id = t.id JOIN messaging_click k ON k.link_id = l.id AND NOT k.is_bot
     WHERE {where};
    RETURN NULL;
END $$;
CREATE TRIGGER analytics_touch_clickers AFTER UPDATE OF {columns} ON {table} FOR EACH ROW
    WHEN ({changed}) EXECUTE FUNCTION analytics_touch_{name}();
"""
CLICKERS = (
    ("shop", "accounts_workspace", ("timezone",), "t.workspace_id = NEW.id"),
    ("broadcast", "broadcasts_broadcast", ("attribution_days", "content_id"),
     "t.id IN (OLD.content_id, NEW.content_id)"),
)  # fmt: skip
FIRST = """
INSERT INTO analytics_touchedcontact (workspace_id, contact_id)
SELECT t.workspace_id, k.contact_id FROM messaging_click k
  JOIN messaging_trackedlink l ON l.id = k.link_id JOIN messaging_messagecontent t ON t.id = l.content_id
 WHERE NOT k.is_bot
 UNION
SELECT o.workspace_id, o.contact_id FROM commerce_voucher v JOIN commerce_order o ON o.id = v.order_id;
"""
INTO = "INSERT INTO analytics_touchedcontact (workspace_id, contact_id)"


def create() -> str:
    parts = [
        TOUCH.format(name=name, table=table, into=INTO, fresh=rows.format(rows="fresh_rows"),
                     stale=rows.format(rows="stale_rows"))
        for name, (table, rows) in SOURCES.items()
    ]  # fmt: skip
    for name, table, columns, where in CLICKERS:
        changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
        parts.append(
            TOUCH_CLICKERS.format(name=name, table=table, into=INTO, columns=", ".join(columns), where=where,
                                  changed=changed)
        )  # fmt: skip
    return "".join([*parts, FIRST])


def drop() -> str:
    parts = []
    for name, (table, _rows) in SOURCES.items():
        parts += [f"DROP TRIGGER analytics_touch_{verb} ON {table};" for verb in ("insert", "update", "delete")]
        parts.append(f"DROP FUNCTION analytics_touch_{name}();")
    for name, table, _columns, _where in CLICKERS:
        parts += [f"DROP TRIGGER analytics_touch_clickers ON {table};", f"DROP FUNCTION analytics_touch_{name}();"]
    return "\n".join(parts)


def _shop(**options: object) -> models.ForeignKey:
    return models.ForeignKey(db_index=False, related_name="+", to="accounts.workspace", **options)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0004_user_sessions_version"),
        ("broadcasts", "0009_promised"),
        ("commerce", "0002_lines_of_an_order"),
        ("messaging", "0017_to_phone"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attribution",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("broadcast_id", models.BigIntegerField()),
                ("order_id", models.BigIntegerField()),
                ("contact_id", models.BigIntegerField()),
                ("ordered_at", models.DateTimeField()),
                ("total", models.BigIntegerField(help_text="smallest unit of the workspace's currency")),
                ("how", models.CharField(help_text="voucher or click", max_length=7)),
                ("workspace", _shop(on_delete=deletion.CASCADE)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["workspace", "broadcast_id"],
                        include=["contact_id", "order_id", "total"],
                        name="attribution_of_broadcast",
                    ),
                    models.Index(fields=["contact_id"], name="attribution_of_contact"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TouchedContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("contact_id", models.BigIntegerField()),
                ("workspace", _shop(on_delete=deletion.DO_NOTHING, db_constraint=False)),
            ],
            options={"indexes": [models.Index(fields=["workspace", "contact_id"], name="touched_contact")]},
        ),
        migrations.RunSQL(create(), drop()),
    ]
