from django.core.validators import MaxValueValidator
from django.db import migrations, models
from django.db.models import deletion

# A cart that is delivered after its order is closed by it later. Other changes of a cart affect no order.
ROWS = "SELECT workspace_id, contact_id, id, order_id FROM {rows} WHERE order_id IS NOT NULL"
INTO = "INSERT INTO analytics_touchedcontact (workspace_id, contact_id)"
TOUCH = """
CREATE FUNCTION analytics_touch_carts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {into} SELECT DISTINCT workspace_id, contact_id FROM ({fresh}) AS changed;
    ELSE
        {into} SELECT DISTINCT workspace_id, contact_id
                 FROM (({fresh} EXCEPT {stale}) UNION ALL ({stale} EXCEPT {fresh})) AS changed;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER analytics_touch_insert AFTER INSERT ON commerce_cart REFERENCING NEW TABLE AS fresh_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_touch_carts();
CREATE TRIGGER analytics_touch_update AFTER UPDATE ON commerce_cart
    REFERENCING OLD TABLE AS stale_rows NEW TABLE AS fresh_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_touch_carts();
{into} SELECT DISTINCT workspace_id, contact_id FROM commerce_cart WHERE order_id IS NOT NULL;
"""
DROP = """
DROP TRIGGER analytics_touch_insert ON commerce_cart;
DROP TRIGGER analytics_touch_update ON commerce_cart;
DROP FUNCTION analytics_touch_carts();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_used_challenges"),
        ("analytics", "0003_every_origin"),
        ("commerce", "0004_waiting_carts"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContentAim",
            fields=[
                (
                    "workspace",
                    models.OneToOneField(
                        on_delete=deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.workspace",
                    ),
                ),
                (
                    "promotion_percent",
                    models.PositiveSmallIntegerField(
                        default=20,
                        help_text="largest share of promotions among the messages that the shop wants",
                        validators=[MaxValueValidator(100)],
                    ),
                ),
            ],
        ),
        migrations.AlterField("attribution", "how", models.CharField(help_text="voucher, click or cart", max_length=7)),
        migrations.RunSQL(
            TOUCH.format(into=INTO, fresh=ROWS.format(rows="fresh_rows"), stale=ROWS.format(rows="stale_rows")), DROP
        ),
    ]
